package io.queueruntime.converter;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.SerializationFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.ReceivedMessage;
import java.lang.reflect.Type;
import java.nio.charset.Charset;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TreeNode;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Everything else as JSON, by the application's own {@link JsonMapper}.
 *
 * <p>A message that names no content type is read as JSON too. One that names a payload type is
 * read as the class that is registered under it, which must fit what the handler takes; tree and
 * map types take everything. A mapper with default typing is refused: it would put class names on
 * the wire and let a sender choose classes. Errors say where the body is wrong, never what it
 * holds.
 *
 * <p>Thread-safe.
 */
final class JsonMessageConverter implements MessageConverter {

  /** Readers and writers kept; further types work without being kept. */
  static final int CACHE_MAX = 1_000;

  private final JsonMapper json;
  private final PayloadTypes types;
  private final Map<Type, ObjectReader> readers = new ConcurrentHashMap<>();
  private final Map<Class<?>, ObjectWriter> writers = new ConcurrentHashMap<>();

  JsonMessageConverter(JsonMapper json, PayloadTypes types) {
    JavaType anything = json.constructType(Object.class);
    if (json.serializationConfig().getDefaultTyper(anything) != null
        || json.deserializationConfig().getDefaultTyper(anything) != null) {
      throw new ConfigurationInvalid(
          null,
          "The JsonMapper for payloads has default typing on, which puts class names on the wire and lets a sender"
              + " choose classes; give queue-runtime a mapper without, and name types under"
              + " queue-runtime.payload.types.");
    }
    this.json = json;
    this.types = types;
  }

  @Override
  public boolean canWrite(Object payload, @Nullable ContentType contentType) {
    return contentType == null || contentType.isJson();
  }

  @Override
  public OutgoingMessage.Builder toMessage(Object payload, @Nullable ContentType contentType) {
    Class<?> type = payload.getClass();
    try {
      return OutgoingMessage.of(writer(type).writeValueAsBytes(payload))
          .contentType((contentType == null ? ContentType.JSON : contentType).toString())
          .payloadType(types.nameOf(type).orElse(null));
    } catch (JacksonException e) {
      throw new SerializationFailed(
          null,
          "Cannot write a payload of %s as JSON: %s."
              .formatted(type.getName(), e.getClass().getSimpleName()),
          e);
    }
  }

  @Override
  public boolean canRead(Type type, @Nullable ContentType contentType) {
    return contentType == null || contentType.isJson();
  }

  @Override
  public Object fromMessage(ReceivedMessage<byte[]> message, Type type) {
    Type wanted = message.payloadType().map(name -> fitting(message, name, type)).orElse(type);
    Charset charset =
        message
            .contentType()
            .flatMap(ContentType::parse)
            .map(ContentType::charset)
            .orElse(ContentType.JSON.charset());
    Object payload;
    try {
      ObjectReader reader = reader(wanted);
      payload =
          charset.name().startsWith("UTF-")
              ? reader.readValue(message.body())
              : reader.readValue(new String(message.body(), charset));
    } catch (JacksonException e) {
      throw new SerializationFailed(
          message.queue().value(),
          "Cannot read message '%s' of queue '%s' as %s: its %d bytes are not that in JSON (%s%s)."
              .formatted(
                  message.messageId(),
                  message.queue(),
                  wanted.getTypeName(),
                  message.body().length,
                  e.getClass().getSimpleName(),
                  position(e)),
          e);
    }
    if (payload == null) {
      throw new SerializationFailed(
          message.queue().value(),
          "Cannot read message '%s' of queue '%s' as %s: its body is the JSON value null."
              .formatted(message.messageId(), message.queue(), wanted.getTypeName()),
          null);
    }
    return payload;
  }

  /**
   * The type to read: the registered class where it says more than the declared type, never one
   * that does not fit.
   */
  private Type fitting(ReceivedMessage<byte[]> message, String name, Type declared) {
    Class<?> named = types.classOf(name);
    Class<?> raw = json.constructType(declared).getRawClass();
    if (raw.isAssignableFrom(named)) {
      return declared instanceof Class<?> ? named : declared;
    }
    if (Map.class.isAssignableFrom(raw) || TreeNode.class.isAssignableFrom(raw)) {
      return declared;
    }
    throw new SerializationFailed(
        message.queue().value(),
        "Cannot read message '%s' of queue '%s' as %s: it holds a payload of type '%s', which is %s."
            .formatted(
                message.messageId(),
                message.queue(),
                declared.getTypeName(),
                name,
                named.getName()),
        null);
  }

  private ObjectReader reader(Type type) {
    ObjectReader known = readers.get(type);
    if (known != null) {
      return known;
    }
    ObjectReader made = json.readerFor(json.constructType(type));
    if (readers.size() < CACHE_MAX) {
      readers.put(type, made);
    }
    return made;
  }

  private ObjectWriter writer(Class<?> type) {
    ObjectWriter known = writers.get(type);
    if (known != null) {
      return known;
    }
    ObjectWriter made = json.writerFor(type);
    if (writers.size() < CACHE_MAX) {
      writers.put(type, made);
    }
    return made;
  }

  private static String position(JacksonException e) {
    return e.getLocation() == null
        ? ""
        : " at line " + e.getLocation().getLineNr() + ", column " + e.getLocation().getColumnNr();
  }
}
