package io.queueruntime.converter;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.SerializationFailed;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The logical names under which payload types travel, e.g. {@code order.v1}, and the classes they
 * stand for.
 *
 * <p>The list is closed: a name that is not in it is refused, so that no sender can choose a class.
 *
 * <p>Immutable.
 */
public final class PayloadTypes {

  /** No names: every message is read as what its handler declares. */
  public static final PayloadTypes NONE = new PayloadTypes(Map.of());

  /** Longest name, in characters. */
  public static final int MAX_NAME_LENGTH = 128;

  private final Map<String, Class<?>> classes;
  private final Map<Class<?>, String> names;

  /**
   * @throws ConfigurationInvalid when a class has two names, or a name is blank, too long or holds
   *     control characters
   */
  public PayloadTypes(Map<String, Class<?>> classes) {
    this.classes = Map.copyOf(classes);
    Map<Class<?>, String> byClass = new HashMap<>();
    this.classes.forEach(
        (name, type) -> {
          if (name.isBlank()
              || name.length() > MAX_NAME_LENGTH
              || name.chars().anyMatch(Character::isISOControl)) {
            throw new ConfigurationInvalid(
                null,
                "The payload type name of %s must have 1 to %d printable characters, found %d."
                    .formatted(type.getName(), MAX_NAME_LENGTH, name.length()));
          }
          String other = byClass.put(type, name);
          if (other != null) {
            throw new ConfigurationInvalid(
                null,
                "%s has two payload type names, '%s' and '%s'; leave one, since only one can be written."
                    .formatted(type.getName(), other, name));
          }
        });
    this.names = Map.copyOf(byClass);
  }

  /** The name under which objects of exactly that class travel. */
  public Optional<String> nameOf(Class<?> type) {
    return Optional.ofNullable(names.get(type));
  }

  /**
   * The class that name stands for.
   *
   * @throws SerializationFailed when the name is not registered
   */
  public Class<?> classOf(String name) {
    Class<?> type = classes.get(name);
    if (type == null) {
      throw new SerializationFailed(
          null,
          "Cannot read a payload of type '%s': no class is registered under that name; add it to queue-runtime.payload.types."
              .formatted(printable(name)),
          null);
    }
    return type;
  }

  private static String printable(String text) {
    String cut = text.length() > MAX_NAME_LENGTH ? text.substring(0, MAX_NAME_LENGTH) + "…" : text;
    return cut.replaceAll("\\p{Cntrl}", "?");
  }
}
