package io.queueruntime.converter;

import io.queueruntime.QueueRuntimeException.SerializationFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.ReceivedMessage;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/**
 * Text as it is: a {@code String} is written in the content type's charset and reads every body as
 * text, JSON too. Bytes that are no text of that charset are refused, never replaced. Immutable.
 */
final class TextMessageConverter implements MessageConverter {

  @Override
  public boolean canWrite(Object payload, @Nullable ContentType contentType) {
    return payload instanceof String;
  }

  @Override
  public OutgoingMessage.Builder toMessage(Object payload, @Nullable ContentType contentType) {
    ContentType written = contentType == null ? ContentType.TEXT : contentType;
    Charset charset = written.charset();
    try {
      ByteBuffer encoded = charset.newEncoder().encode(CharBuffer.wrap((String) payload));
      byte[] body = new byte[encoded.remaining()];
      encoded.get(body);
      return OutgoingMessage.of(body).contentType(written.toString());
    } catch (CharacterCodingException e) {
      throw new SerializationFailed(
          null,
          "Cannot write a text of %d characters as %s: %s has not all of them."
              .formatted(((String) payload).length(), written, charset),
          e);
    }
  }

  @Override
  public boolean canRead(Type type, @Nullable ContentType contentType) {
    return type == String.class
        || type == CharSequence.class
        || type == Object.class && contentType != null && contentType.isText();
  }

  @Override
  public Object fromMessage(ReceivedMessage<byte[]> message, Type type) {
    Charset charset =
        message
            .contentType()
            .flatMap(ContentType::parse)
            .map(ContentType::charset)
            .orElse(ContentType.TEXT.charset());
    try {
      return charset.newDecoder().decode(ByteBuffer.wrap(message.body())).toString();
    } catch (CharacterCodingException e) {
      throw new SerializationFailed(
          message.queue().value(),
          "Cannot read message '%s' of queue '%s' as text: its %d bytes are not valid %s."
              .formatted(message.messageId(), message.queue(), message.body().length, charset),
          e);
    }
  }
}
