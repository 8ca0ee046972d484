package io.queueruntime.converter;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.queueruntime.QueueRuntimeException.SerializationFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.ReceivedMessage;
import java.lang.reflect.Type;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Generated Protobuf messages in their binary form. A message is written that way unless its sender
 * asks for another content type; it is read as what its handler takes, or as what is registered
 * under the payload type it names.
 *
 * <p>Thread-safe.
 */
final class ProtobufMessageConverter implements MessageConverter {

  /** Parsers kept; further types work without being kept. */
  private static final int CACHE_MAX = 1_000;

  private final PayloadTypes types;
  private final Map<Class<?>, Parser<?>> parsers = new ConcurrentHashMap<>();

  ProtobufMessageConverter(PayloadTypes types) {
    this.types = types;
  }

  @Override
  public boolean canWrite(Object payload, @Nullable ContentType contentType) {
    return payload instanceof MessageLite && (contentType == null || contentType.isProtobuf());
  }

  @Override
  public OutgoingMessage.Builder toMessage(Object payload, @Nullable ContentType contentType) {
    return OutgoingMessage.of(((MessageLite) payload).toByteArray())
        .contentType((contentType == null ? ContentType.PROTOBUF : contentType).toString())
        .payloadType(types.nameOf(payload.getClass()).orElse(null));
  }

  @Override
  public boolean canRead(Type type, @Nullable ContentType contentType) {
    boolean protobuf = contentType != null && contentType.isProtobuf();
    return isMessage(type) && (protobuf || contentType == null) || type == Object.class && protobuf;
  }

  private static boolean isMessage(Type type) {
    return type instanceof Class<?> declared && MessageLite.class.isAssignableFrom(declared);
  }

  @Override
  public Object fromMessage(ReceivedMessage<byte[]> message, Type type) {
    Class<?> declared = (Class<?>) type;
    Class<?> named = message.payloadType().<Class<?>>map(types::classOf).orElse(declared);
    if (!declared.isAssignableFrom(named) || !isMessage(named)) {
      throw new SerializationFailed(
          message.queue().value(),
          "Cannot read message '%s' of queue '%s' as %s: %s."
              .formatted(
                  message.messageId(),
                  message.queue(),
                  declared.getTypeName(),
                  message
                      .payloadType()
                      .map(
                          name ->
                              "it holds a payload of type '%s', which is %s"
                                  .formatted(name, named.getName()))
                      .orElse(
                          "its Protobuf bytes do not say what they are; take a generated class, or name it under queue-runtime.payload.types")),
          null);
    }
    try {
      return parser(message, named).parseFrom(message.body());
    } catch (InvalidProtocolBufferException e) {
      throw new SerializationFailed(
          message.queue().value(),
          "Cannot read message '%s' of queue '%s' as %s: its %d bytes are not that in Protobuf."
              .formatted(
                  message.messageId(), message.queue(), named.getTypeName(), message.body().length),
          e);
    }
  }

  private Parser<?> parser(ReceivedMessage<byte[]> message, Class<?> type) {
    Parser<?> known = parsers.get(type);
    if (known != null) {
      return known;
    }
    try {
      MessageLite empty = (MessageLite) type.getMethod("getDefaultInstance").invoke(null);
      Parser<?> made = empty.getParserForType();
      if (parsers.size() < CACHE_MAX) {
        parsers.put(type, made);
      }
      return made;
    } catch (ReflectiveOperationException e) {
      throw new SerializationFailed(
          message.queue().value(),
          "Cannot read message '%s' of queue '%s' as %s: that is no class Protobuf has generated."
              .formatted(message.messageId(), message.queue(), type.getTypeName()),
          e);
    }
  }
}
