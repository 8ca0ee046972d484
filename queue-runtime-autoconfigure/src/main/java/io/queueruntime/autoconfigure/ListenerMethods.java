package io.queueruntime.autoconfigure;

import io.queueruntime.autoconfigure.DiscoveredListener.HandlerMethod;
import io.queueruntime.autoconfigure.handler.HandlerSignature;
import io.queueruntime.listener.Acknowledgment;
import io.queueruntime.listener.Delivery;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;

/** What the methods of one listener take, and whether that is possible. Confined to its caller. */
final class ListenerMethods {

  private final List<HandlerSignature> signatures = new ArrayList<>();
  private @Nullable HandlerSignature fallback;

  ListenerMethods(DiscoveredListener found, Consumer<StartupProblem> problems) {
    for (HandlerMethod handler : found.handlers()) {
      HandlerSignature signature = HandlerSignature.of(handler.method(), found.beanClass());
      String method = HandlerSignature.describe(handler.method(), found.beanClass());
      signature.problems().forEach(text -> problems.accept(notAHandler(method, text)));
      callable(found, handler, problems);
      if (handler.fallback() && fallback != null) {
        problems.accept(
            notAHandler(method, "another method of the class is the default handler already"));
      } else if (handler.fallback()) {
        fallback = signature;
      } else {
        signatures.add(signature);
      }
      if (found.method() == null && signature.isBatch()) {
        problems.accept(
            notAHandler(
                method, "a method that is chosen by payload type takes one message, not a list"));
      }
    }
    if (found.handlers().isEmpty()) {
      problems.accept(
          StartupProblem.failure(
              "QR-145",
              found.where() + " has no method marked @QueueHandler.",
              "Mark the methods that take messages, or put @QueueListener on a method."));
    }
  }

  private static void callable(
      DiscoveredListener found, HandlerMethod handler, Consumer<StartupProblem> problems) {
    try {
      AopUtils.selectInvocableMethod(handler.method(), found.bean().getClass());
    } catch (IllegalStateException e) {
      problems.accept(
          StartupProblem.failure(
              "QR-152",
              "%s cannot be called through the proxy of bean \"%s\": %s"
                  .formatted(found.where(), found.beanName(), e.getMessage()),
              "Declare the method in an interface of the bean, or set spring.aop.proxy-target-class: true, and do not make it private."));
    }
  }

  private static StartupProblem notAHandler(String method, String why) {
    return StartupProblem.failure(
        "QR-145",
        method + " cannot handle messages: " + why + ".",
        "Change the arguments of " + method + ".");
  }

  /** What they take, without the fallback. */
  List<HandlerSignature> signatures() {
    return signatures;
  }

  /** The method for what no other one takes. */
  @Nullable HandlerSignature fallback() {
    return fallback;
  }

  boolean isBatch() {
    return signatures.size() == 1 && signatures.get(0).isBatch();
  }

  boolean canSettle() {
    return signatures.stream().allMatch(ListenerMethods::canSettle)
        && (fallback == null || canSettle(fallback));
  }

  private static boolean canSettle(HandlerSignature signature) {
    return signature.takes(Acknowledgment.class) || signature.takes(Delivery.class);
  }
}
