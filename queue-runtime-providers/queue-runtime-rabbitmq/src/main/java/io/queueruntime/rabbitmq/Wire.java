package io.queueruntime.rabbitmq;

import com.rabbitmq.client.LongString;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The names under which things travel that AMQP 0-9-1 has no field for, and header values as its
 * types and back. Thread-safe.
 */
final class Wire {

  /** Which session a message belongs to; also what foreign senders set. */
  static final String SESSION_ID = "x-session-id";

  private static final String OWN = "x-qr-";

  /** The sender-given sequence number. */
  static final String SEQUENCE = OWN + "seq";

  /** Milliseconds of the wall clock, as are the two below. */
  static final String ENQUEUED = OWN + "enqueued";

  static final String EXPIRES = OWN + "expires";
  static final String DUE = OWN + "due";
  static final String TIME_TO_LIVE = OWN + "ttl";

  /** Which copy it is, of a message that was sent under a duplicate window; and that one's end. */
  static final String COPY = OWN + "copy";

  static final String COPY_UNTIL = OWN + "copy-until";
  static final String SUBJECT = OWN + "subject";
  static final String REPLY_TO_SESSION = OWN + "reply-session";

  /** A table: which headers are instants or UUIDs, that travel as texts. */
  static final String TYPES = OWN + "types";

  /** What the names of the headers of a dead letter start with. */
  static final String DEAD_PREFIX = OWN + "dl-";

  static final String DEAD_REASON = DEAD_PREFIX + "reason";
  static final String DEAD_DESCRIPTION = DEAD_PREFIX + "description";
  static final String DEAD_SOURCE = DEAD_PREFIX + "source";
  static final String DEAD_SEQUENCE = DEAD_PREFIX + "seq";
  static final String DEAD_COUNT = DEAD_PREFIX + "count";
  static final String DEAD_EXCEPTION = DEAD_PREFIX + "exception";
  static final String DEAD_FIRST = DEAD_PREFIX + "first";
  static final String DEAD_LAST = DEAD_PREFIX + "last";

  /** What the broker writes. */
  static final String DEATH = "x-death";

  static final String DELIVERY_COUNT = "x-delivery-count";

  private static final Set<String> BROKERS =
      Set.of(SESSION_ID, DEATH, DELIVERY_COUNT, "x-acquired-count");
  private static final String INSTANT = "instant";
  private static final String UUID_TYPE = "uuid";

  /** Longest text that a field of AMQP can hold, in bytes of UTF-8. */
  static final int SHORT_BYTES = 255;

  private Wire() {}

  /** Whether a header belongs to the runtime or the broker and is not the sender's. */
  static boolean isReserved(String name) {
    return name.startsWith(OWN)
        || BROKERS.contains(name)
        || name.startsWith("x-first-death-")
        || name.startsWith("x-last-death-");
  }

  static boolean isShort(String text) {
    return text.length() <= SHORT_BYTES / 3
        || text.getBytes(StandardCharsets.UTF_8).length <= SHORT_BYTES;
  }

  /** A text that has a field of its own, or else stands in a header. */
  static @Nullable String shortOrHeader(
      String name, @Nullable String value, Map<String, Object> headers) {
    if (value == null || isShort(value)) {
      return value;
    }
    headers.put(OWN + name, value);
    return null;
  }

  static @Nullable String fieldOrHeader(
      String name, @Nullable String field, Map<String, Object> headers) {
    return field != null ? field : text(headers.get(OWN + name));
  }

  /** Adds the sender's headers, as AMQP's types. */
  static void write(Map<String, Object> from, Map<String, Object> to) {
    Map<String, Object> types = new LinkedHashMap<>();
    from.forEach(
        (name, value) -> {
          if (value instanceof Instant) {
            types.put(name, INSTANT);
            to.put(name, value.toString());
          } else if (value instanceof UUID) {
            types.put(name, UUID_TYPE);
            to.put(name, value.toString());
          } else {
            to.put(name, value);
          }
        });
    if (!types.isEmpty()) {
      to.put(TYPES, types);
    }
  }

  /** The sender's headers. */
  static Map<String, Object> read(Map<String, Object> from) {
    Map<?, ?> types = from.get(TYPES) instanceof Map<?, ?> table ? table : Map.of();
    Map<String, Object> headers = new LinkedHashMap<>();
    from.forEach(
        (name, value) -> {
          if (!isReserved(name) && value != null) {
            headers.put(name, typed(value, text(types.get(name))));
          }
        });
    return headers;
  }

  private static Object typed(Object value, @Nullable String type) {
    Object plain = plain(value);
    try {
      if (INSTANT.equals(type)) {
        return Instant.parse(plain.toString());
      } else if (UUID_TYPE.equals(type)) {
        return UUID.fromString(plain.toString());
      }
    } catch (DateTimeException | IllegalArgumentException e) {
      return plain; // somebody changed it on the way
    }
    return plain;
  }

  /** What a foreign sender used beyond our types becomes the nearest of them. */
  private static Object plain(Object value) {
    if (value instanceof LongString text) {
      return new String(text.getBytes(), StandardCharsets.UTF_8);
    } else if (value instanceof Date date) {
      return date.toInstant();
    } else if (value instanceof String
        || value instanceof Boolean
        || value instanceof Byte
        || value instanceof Short
        || value instanceof Integer
        || value instanceof Long
        || value instanceof Float
        || value instanceof Double
        || value instanceof byte[]) {
      return value;
    }
    return value.toString();
  }

  static @Nullable String text(@Nullable Object value) {
    return value == null ? null : plain(value).toString();
  }

  static long number(@Nullable Object value, long otherwise) {
    return value instanceof Number number ? number.longValue() : otherwise;
  }

  static @Nullable Instant instant(@Nullable Object millis) {
    return millis instanceof Number number ? Instant.ofEpochMilli(number.longValue()) : null;
  }
}
