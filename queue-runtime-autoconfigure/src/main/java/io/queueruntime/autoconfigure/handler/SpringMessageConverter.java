package io.queueruntime.autoconfigure.handler;

import io.queueruntime.QueueRuntimeException.SerializationFailed;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.converter.ContentType;
import io.queueruntime.converter.MessageConverter;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueHeaders;
import io.queueruntime.message.ReceivedMessage;
import java.lang.reflect.Type;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;

/**
 * Writes Spring's {@link Message}, which handlers return and applications send: its payload as the
 * other converters do, and those of its headers that a queue can carry. Reads nothing.
 *
 * <p>Thread-safe.
 */
public final class SpringMessageConverter implements MessageConverter {

  private static final Set<String> SPRINGS_OWN =
      Set.of(
          MessageHeaders.ID,
          MessageHeaders.TIMESTAMP,
          MessageHeaders.REPLY_CHANNEL,
          MessageHeaders.ERROR_CHANNEL);

  private final MessageConverter payloads;

  /**
   * @param payloads writes what is in the message
   */
  public SpringMessageConverter(MessageConverter payloads) {
    this.payloads = payloads;
  }

  @Override
  public boolean canWrite(Object payload, @Nullable ContentType contentType) {
    return payload instanceof Message<?> message
        && payloads.canWrite(message.getPayload(), contentType);
  }

  @Override
  public OutgoingMessage.Builder toMessage(Object payload, @Nullable ContentType contentType) {
    Message<?> message = (Message<?>) payload;
    OutgoingMessage.Builder written = payloads.toMessage(message.getPayload(), contentType);
    message
        .getHeaders()
        .forEach(
            (name, value) -> {
              if (!SPRINGS_OWN.contains(name) && !QueueHeaders.isReserved(name)) {
                header(written, name, value);
              }
            });
    return written;
  }

  private static void header(OutgoingMessage.Builder written, String name, Object value) {
    try {
      written.header(name, value);
    } catch (ValidationFailed e) {
      // an object that only means something in this process, like a reply channel of another
      // framework
      if (value instanceof CharSequence || value instanceof Enum<?>) {
        written.header(name, value.toString());
      }
    }
  }

  @Override
  public boolean canRead(Type type, @Nullable ContentType contentType) {
    return false;
  }

  @Override
  public Object fromMessage(ReceivedMessage<byte[]> message, Type type) {
    throw new SerializationFailed(
        message.queue().value(),
        "Cannot read message '%s' as a Spring message.".formatted(message.messageId()),
        null);
  }
}
