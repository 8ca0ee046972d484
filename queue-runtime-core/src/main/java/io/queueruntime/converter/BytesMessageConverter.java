package io.queueruntime.converter;

import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.ReceivedMessage;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/**
 * Bytes as they are: {@code byte[]} is written under any content type and reads every body.
 * Immutable.
 */
final class BytesMessageConverter implements MessageConverter {

  private static final String OCTET_STREAM = ContentType.OCTET_STREAM.toString();

  @Override
  public boolean canWrite(Object payload, @Nullable ContentType contentType) {
    return payload instanceof byte[];
  }

  @Override
  public OutgoingMessage.Builder toMessage(Object payload, @Nullable ContentType contentType) {
    return OutgoingMessage.of((byte[]) payload)
        .contentType(contentType == null ? OCTET_STREAM : contentType.toString());
  }

  @Override
  public boolean canRead(Type type, @Nullable ContentType contentType) {
    return type == byte[].class
        || type == Object.class
            && contentType != null
            && contentType.isSameTypeAs(ContentType.OCTET_STREAM);
  }

  @Override
  public Object fromMessage(ReceivedMessage<byte[]> message, Type type) {
    return message.body();
  }
}
