package io.queueruntime.listener;

import io.queueruntime.QueueRuntimeException.SerializationFailed;
import io.queueruntime.converter.MessageConverter;
import io.queueruntime.message.ReceivedMessage;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/** Reads the payload a handler takes out of a message. Immutable. */
final class Decoder {

  /** Leaves messages as they are. */
  static final Decoder NONE = new Decoder();

  private final @Nullable MessageConverter converter;
  private final @Nullable Type type;

  private Decoder() {
    this.converter = null;
    this.type = null;
  }

  Decoder(MessageConverter converter, Type type) {
    this.converter = converter;
    this.type = type;
  }

  /**
   * The message with the payload read.
   *
   * @throws SerializationFailed when it cannot be read, for whichever reason
   * @throws DeadLetterException when the converter finds it readable and refuses it, e.g. as not
   *     valid
   */
  ReceivedMessage<?> decode(ReceivedMessage<byte[]> message) {
    if (converter == null || type == null) {
      return message;
    }
    try {
      return message.withPayload(converter.fromMessage(message, type));
    } catch (SerializationFailed | DeadLetterException e) {
      throw e;
    } catch (RuntimeException | StackOverflowError e) {
      // A converter that breaks on a body would break on it at every delivery.
      throw new SerializationFailed(
          message.queue().value(),
          "Cannot read message '%s' of queue '%s' as %s: the message converter failed with %s."
              .formatted(
                  message.messageId(), message.queue(), type.getTypeName(), e.getClass().getName()),
          e);
    }
  }
}
