package io.queueruntime.autoconfigure.handler;

import io.queueruntime.QueueRuntimeException.SerializationFailed;
import io.queueruntime.converter.ContentType;
import io.queueruntime.converter.MessageConverter;
import io.queueruntime.converter.PayloadTypes;
import io.queueruntime.listener.DeadLetterException;
import io.queueruntime.listener.Delivery;
import io.queueruntime.listener.MessageHandler;
import io.queueruntime.message.ReceivedMessage;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;

/**
 * Calls, of several methods, the one that takes the message's payload: by the logical name the
 * message carries, or by its content type where it is text or bytes. The method with the most
 * specific type wins.
 *
 * <p>Thread-safe if its bean is.
 */
final class PayloadTypeHandler implements MessageHandler<byte[]> {

  /** One of the methods. */
  record Target(Type type, MessageConverter reader, MessageHandler<Object> handler) {

    Class<?> payloadClass() {
      return ResolvableType.forType(type).toClass();
    }
  }

  private final List<Target> targets;
  private final @Nullable Target fallback;
  private final PayloadTypes types;

  PayloadTypeHandler(List<Target> targets, @Nullable Target fallback, PayloadTypes types) {
    this.targets = List.copyOf(targets);
    this.fallback = fallback;
    this.types = types;
  }

  @Override
  public @Nullable Object handle(ReceivedMessage<byte[]> message, Delivery delivery)
      throws Exception {
    Target target = choose(message);
    Object payload = target.reader().fromMessage(message, target.type());
    return target.handler().handle(message.withPayload(payload), delivery);
  }

  private Target choose(ReceivedMessage<byte[]> message) {
    Optional<Class<?>> type = typeOf(message);
    Optional<Target> chosen = type.isPresent() ? mostSpecific(type.get()) : onlyOneOfObjects();
    if (chosen.isPresent()) {
      return chosen.get();
    }
    if (fallback != null) {
      return fallback;
    }
    throw new DeadLetterException(
        DeadLetterException.UNREADABLE,
        "No @QueueHandler method takes %s of message '%s'. Name its type under queue-runtime.payload.types on both sides, or mark one method with isDefault = true."
            .formatted(
                type.map(known -> "the payload type " + known.getSimpleName())
                    .orElse("the payload, which has no type name,"),
                message.messageId()));
  }

  private Optional<Class<?>> typeOf(ReceivedMessage<byte[]> message) {
    Optional<String> name = message.payloadType();
    if (name.isPresent()) {
      try {
        return Optional.of(types.classOf(name.get()));
      } catch (SerializationFailed e) {
        throw new DeadLetterException(DeadLetterException.UNREADABLE, e.getMessage(), e);
      }
    }
    Optional<ContentType> content = message.contentType().flatMap(ContentType::parse);
    if (content.filter(ContentType::isText).isPresent()) {
      return Optional.of(String.class);
    }
    return content
        .filter(found -> found.isSameTypeAs(ContentType.OCTET_STREAM))
        .map(found -> byte[].class);
  }

  private Optional<Target> mostSpecific(Class<?> type) {
    Target best = null;
    for (Target target : targets) {
      if (ClassUtils.isAssignable(target.payloadClass(), type)
          && (best == null
              || ClassUtils.isAssignable(best.payloadClass(), target.payloadClass()))) {
        best = target;
      }
    }
    return Optional.ofNullable(best);
  }

  /**
   * Where a message does not say what it holds there is a choice only if one method takes objects
   * at all.
   */
  private Optional<Target> onlyOneOfObjects() {
    if (fallback != null) {
      return Optional.empty();
    }
    List<Target> objects =
        targets.stream()
            .filter(
                target ->
                    target.payloadClass() != String.class && target.payloadClass() != byte[].class)
            .toList();
    return objects.size() == 1 ? Optional.of(objects.get(0)) : Optional.empty();
  }
}
