package io.queueruntime.converter;

import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.ReceivedMessage;
import java.lang.reflect.Type;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * Turns payloads into messages and messages into payloads.
 *
 * <p>Which converter works on a message is decided by the declared type and the content type;
 * {@link #of} asks several in their order. Class names never travel: what a message holds is said
 * by its content type and, for registered types, by a logical name (see {@link PayloadTypes}).
 *
 * <p>Implementations are thread-safe.
 */
public interface MessageConverter {

  /**
   * Whether {@link #toMessage} takes that payload.
   *
   * @param contentType what the sender asks for; null: whatever the converter would choose
   */
  boolean canWrite(Object payload, @Nullable ContentType contentType);

  /**
   * Starts a message whose body, content type and, where registered, payload type come from {@code
   * payload}.
   *
   * @param contentType what the sender asks for; null: whatever the converter chooses
   * @throws io.queueruntime.QueueRuntimeException.SerializationFailed when the payload cannot be
   *     written
   */
  OutgoingMessage.Builder toMessage(Object payload, @Nullable ContentType contentType);

  /**
   * Whether {@link #fromMessage} can read a body of that content type into that type.
   *
   * @param contentType null: the message names none, or none that can be understood
   */
  boolean canRead(Type type, @Nullable ContentType contentType);

  /**
   * Reads the body as {@code type}, generic parameters included. {@code Object} means: what the
   * message itself says it is.
   *
   * @throws io.queueruntime.QueueRuntimeException.SerializationFailed when the body is no such
   *     payload, or the message names a payload type that is not registered
   */
  Object fromMessage(ReceivedMessage<byte[]> message, Type type);

  /** The built-in converters: {@code byte[]}, {@code String} and JSON. */
  static MessageConverter standard(JsonMapper json, PayloadTypes types) {
    return of(
        List.of(
            new BytesMessageConverter(),
            new TextMessageConverter(),
            new JacksonMessageConverter(JacksonMessageConverter.Format.JSON, json, types)));
  }

  /**
   * Objects as CBOR, where the content type says so.
   *
   * @param cbor a mapper that writes CBOR, e.g. {@code CBORMapper}
   */
  static MessageConverter cbor(ObjectMapper cbor, PayloadTypes types) {
    return new JacksonMessageConverter(JacksonMessageConverter.Format.CBOR, cbor, types);
  }

  /**
   * Objects as MessagePack, where the content type says so; needs {@code org.msgpack:msgpack-core}
   * on the class path.
   *
   * @param json decides what an object consists of
   */
  static MessageConverter messagePack(JsonMapper json, PayloadTypes types) {
    return new MessagePackMessageConverter(json, types);
  }

  /**
   * Generated Protobuf messages; has to stand before JSON, which takes every object, and needs
   * {@code com.google.protobuf:protobuf-java} on the class path.
   */
  static MessageConverter protobuf(PayloadTypes types) {
    return new ProtobufMessageConverter(types);
  }

  /** Asks the given converters in their order; the first that can does it. */
  static MessageConverter of(List<MessageConverter> converters) {
    return new CompositeMessageConverter(converters);
  }
}
