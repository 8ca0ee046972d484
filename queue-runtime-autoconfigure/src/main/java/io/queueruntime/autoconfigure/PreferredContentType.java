package io.queueruntime.autoconfigure;

import io.queueruntime.converter.ContentType;
import io.queueruntime.converter.MessageConverter;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.ReceivedMessage;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/**
 * Writes objects whose sender names no content type as the one the application prefers. Text and
 * bytes stay what they are; what is read says itself what it is. Immutable.
 */
final class PreferredContentType implements MessageConverter {

  private final ContentType preferred;
  private final MessageConverter all;

  /**
   * @param all knows how to write {@code preferred}
   */
  PreferredContentType(ContentType preferred, MessageConverter all) {
    this.preferred = preferred;
    this.all = all;
  }

  @Override
  public boolean canWrite(Object payload, @Nullable ContentType contentType) {
    return contentType == null && !(payload instanceof String) && !(payload instanceof byte[]);
  }

  @Override
  public OutgoingMessage.Builder toMessage(Object payload, @Nullable ContentType contentType) {
    return all.toMessage(payload, preferred);
  }

  @Override
  public boolean canRead(Type type, @Nullable ContentType contentType) {
    return false;
  }

  @Override
  public Object fromMessage(ReceivedMessage<byte[]> message, Type type) {
    throw new UnsupportedOperationException("It reads nothing.");
  }
}
