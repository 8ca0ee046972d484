package io.queueruntime.message;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * What a header may be: a short name, and a string, number, boolean, instant, UUID or bytes.
 * Thread-safe.
 */
final class HeaderValues {

  static final int MAX_NAME_LENGTH = 255;

  private HeaderValues() {}

  static void check(String name, Object value) {
    if (name.isEmpty() || name.length() > MAX_NAME_LENGTH) {
      throw new ValidationFailed(
          null,
          "A header name has 1 to "
              + MAX_NAME_LENGTH
              + " characters, found "
              + name.length()
              + ".");
    }
    if (!(value instanceof String
        || value instanceof Boolean
        || value instanceof Byte
        || value instanceof Short
        || value instanceof Integer
        || value instanceof Long
        || value instanceof Float
        || value instanceof Double
        || value instanceof Instant
        || value instanceof UUID
        || value instanceof byte[])) {
      throw new ValidationFailed(
          null,
          "Header '%s' has a value of type %s; allowed are String, Boolean, Byte, Short, Integer, Long, Float, Double, Instant, UUID and byte[]."
              .formatted(name, value.getClass().getName()));
    }
  }

  static Map<String, Object> copyOf(Map<String, ?> headers) {
    if (headers.isEmpty()) {
      return Map.of();
    }
    headers.forEach(HeaderValues::check);
    return Collections.unmodifiableMap(new LinkedHashMap<>(headers));
  }
}
