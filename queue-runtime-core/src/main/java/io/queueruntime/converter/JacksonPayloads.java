package io.queueruntime.converter;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.SerializationFailed;
import io.queueruntime.message.ReceivedMessage;
import java.lang.reflect.Type;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.core.TreeNode;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;

/**
 * What Jackson needs to know to read and write payloads, whatever the bytes look like: readers and
 * writers, and which class a message is read as.
 *
 * <p>A message that names a payload type is read as the class that is registered under it, which
 * must fit what the handler takes; tree and map types take everything. A mapper with default typing
 * is refused: it would put class names on the wire and let a sender choose classes.
 *
 * <p>Thread-safe.
 */
final class JacksonPayloads {

  /** Readers and writers kept; further types work without being kept. */
  static final int CACHE_MAX = 1_000;

  private final ObjectMapper mapper;
  private final PayloadTypes types;
  private final Map<Type, ObjectReader> readers = new ConcurrentHashMap<>();
  private final Map<Class<?>, ObjectWriter> writers = new ConcurrentHashMap<>();

  JacksonPayloads(ObjectMapper mapper, PayloadTypes types) {
    JavaType anything = mapper.constructType(Object.class);
    if (mapper.serializationConfig().getDefaultTyper(anything) != null
        || mapper.deserializationConfig().getDefaultTyper(anything) != null) {
      throw new ConfigurationInvalid(
          null,
          "The %s for payloads has default typing on, which puts class names on the wire and lets a sender choose classes; give queue-runtime a mapper without, and name types under queue-runtime.payload.types."
              .formatted(mapper.getClass().getSimpleName()));
    }
    this.mapper = mapper;
    this.types = types;
  }

  /** The name under which objects of that class travel. */
  Optional<String> nameOf(Class<?> type) {
    return types.nameOf(type);
  }

  /**
   * What a message is read as: the class registered under the name it carries where that says more
   * than the declared type, never one that does not fit.
   */
  Type typeOf(ReceivedMessage<byte[]> message, Type declared) {
    return message.payloadType().map(name -> fitting(message, name, declared)).orElse(declared);
  }

  private Type fitting(ReceivedMessage<byte[]> message, String name, Type declared) {
    Class<?> named = types.classOf(name);
    Class<?> raw = mapper.constructType(declared).getRawClass();
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

  ObjectReader reader(Type type) {
    ObjectReader known = readers.get(type);
    if (known != null) {
      return known;
    }
    ObjectReader made = mapper.readerFor(mapper.constructType(type));
    if (readers.size() < CACHE_MAX) {
      readers.put(type, made);
    }
    return made;
  }

  ObjectWriter writer(Class<?> type) {
    ObjectWriter known = writers.get(type);
    if (known != null) {
      return known;
    }
    ObjectWriter made = mapper.writerFor(type);
    if (writers.size() < CACHE_MAX) {
      writers.put(type, made);
    }
    return made;
  }
}
