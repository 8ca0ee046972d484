package io.queueruntime.converter;

import io.queueruntime.QueueRuntimeException.SerializationFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.ReceivedMessage;
import java.lang.reflect.Type;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Asks several converters in their order. Immutable. */
final class CompositeMessageConverter implements MessageConverter {

  private final List<MessageConverter> converters;

  CompositeMessageConverter(List<MessageConverter> converters) {
    this.converters = List.copyOf(converters);
  }

  @Override
  public boolean canWrite(Object payload, @Nullable ContentType contentType) {
    return writerOf(payload, contentType) != null;
  }

  @Override
  public OutgoingMessage.Builder toMessage(Object payload, @Nullable ContentType contentType) {
    MessageConverter writer = writerOf(payload, contentType);
    if (writer == null) {
      throw new SerializationFailed(
          null,
          "Cannot write a payload of %s as %s: no message converter takes it."
              .formatted(
                  payload.getClass().getName(),
                  contentType == null ? "any content type" : contentType),
          null);
    }
    return writer.toMessage(payload, contentType);
  }

  @Override
  public boolean canRead(Type type, @Nullable ContentType contentType) {
    return readerOf(type, contentType) != null;
  }

  @Override
  public Object fromMessage(ReceivedMessage<byte[]> message, Type type) {
    ContentType contentType = message.contentType().flatMap(ContentType::parse).orElse(null);
    MessageConverter reader = readerOf(type, contentType);
    if (reader == null) {
      throw new SerializationFailed(
          message.queue().value(),
          "Cannot read message '%s' of queue '%s' as %s: no message converter reads %s."
              .formatted(
                  message.messageId(),
                  message.queue(),
                  type.getTypeName(),
                  contentType == null ? "a message without a usable content type" : contentType),
          null);
    }
    return reader.fromMessage(message, type);
  }

  private @Nullable MessageConverter writerOf(Object payload, @Nullable ContentType contentType) {
    for (MessageConverter converter : converters) {
      if (converter.canWrite(payload, contentType)) {
        return converter;
      }
    }
    return null;
  }

  private @Nullable MessageConverter readerOf(Type type, @Nullable ContentType contentType) {
    for (MessageConverter converter : converters) {
      if (converter.canRead(type, contentType)) {
        return converter;
      }
    }
    return null;
  }
}
