package io.queueruntime.converter;

import io.queueruntime.QueueRuntimeException.SerializationFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.ReceivedMessage;
import java.io.IOException;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;
import org.msgpack.core.MessagePackException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Objects as MessagePack: the application's {@link JsonMapper} turns them into a tree, {@link
 * MessagePackTree} that into bytes. Only for messages that say so by their content type.
 *
 * <p>Thread-safe.
 */
final class MessagePackMessageConverter implements MessageConverter {

  private final JsonMapper json;
  private final JacksonPayloads payloads;

  MessagePackMessageConverter(JsonMapper json, PayloadTypes types) {
    this.json = json;
    this.payloads = new JacksonPayloads(json, types);
  }

  @Override
  public boolean canWrite(Object payload, @Nullable ContentType contentType) {
    return contentType != null && contentType.isMessagePack();
  }

  @Override
  public OutgoingMessage.Builder toMessage(Object payload, @Nullable ContentType contentType) {
    Class<?> type = payload.getClass();
    try {
      return OutgoingMessage.of(MessagePackTree.write(json.valueToTree(payload)))
          .contentType((contentType == null ? ContentType.MESSAGE_PACK : contentType).toString())
          .payloadType(payloads.nameOf(type).orElse(null));
    } catch (JacksonException | IOException e) {
      throw new SerializationFailed(
          null,
          "Cannot write a payload of %s as MessagePack: %s."
              .formatted(type.getName(), e.getClass().getSimpleName()),
          e);
    }
  }

  @Override
  public boolean canRead(Type type, @Nullable ContentType contentType) {
    return contentType != null && contentType.isMessagePack();
  }

  @Override
  public Object fromMessage(ReceivedMessage<byte[]> message, Type type) {
    Type wanted = payloads.typeOf(message, type);
    Object payload;
    try {
      JsonNode tree = MessagePackTree.read(message.body());
      payload = tree.isNull() ? null : payloads.reader(wanted).readValue(tree);
    } catch (JacksonException | MessagePackException | IOException e) {
      throw new SerializationFailed(
          message.queue().value(),
          "Cannot read message '%s' of queue '%s' as %s: its %d bytes are not that in MessagePack (%s)."
              .formatted(
                  message.messageId(),
                  message.queue(),
                  wanted.getTypeName(),
                  message.body().length,
                  e.getClass().getSimpleName()),
          e);
    }
    if (payload == null) {
      throw new SerializationFailed(
          message.queue().value(),
          "Cannot read message '%s' of queue '%s' as %s: its body is the MessagePack value nil."
              .formatted(message.messageId(), message.queue(), wanted.getTypeName()),
          null);
    }
    return payload;
  }
}
