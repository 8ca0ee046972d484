package io.queueruntime.autoconfigure.handler;

import io.queueruntime.listener.DeadLetterException;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.springframework.messaging.Message;
import org.springframework.messaging.handler.invocation.InvocableHandlerMethod;

/**
 * Calls one method of one bean. An argument that cannot be made is a matter of the message, not of
 * the handler, and so one for the dead-letter queue.
 *
 * <p>Thread-safe.
 */
final class HandlerInvocation extends InvocableHandlerMethod {

  private final boolean suspends;

  HandlerInvocation(Object bean, Method method) {
    super(bean, method);
    Class<?>[] parameters = method.getParameterTypes();
    this.suspends =
        parameters.length > 0 && HandlerSignature.isContinuation(parameters[parameters.length - 1]);
  }

  /** What the method returns. */
  @Nullable Object call(Message<?> message) throws Exception {
    Object[] arguments;
    try {
      arguments = getMethodArgumentValues(message);
    } catch (DeadLetterException e) {
      throw e;
    } catch (Exception e) {
      throw new DeadLetterException(
          DeadLetterException.INVALID,
          "An argument of "
              + getShortLogMessage()
              + " cannot be made from the message: "
              + firstLine(e),
          e);
    }
    @Nullable Object returned = doInvoke(arguments);
    return suspends ? SuspendedCall.resultOf(returned, arguments[arguments.length - 1]) : returned;
  }

  private static String firstLine(Exception e) {
    String text = String.valueOf(e.getMessage());
    int end = text.indexOf('\n');
    return end < 0 ? text : text.substring(0, end);
  }
}
