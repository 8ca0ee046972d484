package io.queueruntime.kafka;

import io.queueruntime.message.CloudEventAttributes;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * The names under which things travel that a record has no field for, and header values as bytes
 * and back: texts are UTF-8, all others are written as text too and named beside it. Thread-safe.
 */
final class Wire {

  private static final String OWN = "x-qr-";

  static final String MESSAGE_ID = OWN + "id";

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
  static final String CORRELATION_ID = OWN + "correlation-id";
  static final String REPLY_TO = OWN + "reply-to";
  static final String REPLY_TO_SESSION = OWN + "reply-session";
  static final String PAYLOAD_TYPE = OWN + "type";

  /** Also what foreign senders set. */
  static final String CONTENT_TYPE = "content-type";

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

  /** What the names of the headers start with that tell the type of another header. */
  static final String TYPE_OF = OWN + "of-";

  /** What CloudEvents' binding for Kafka puts before the names of attributes. */
  private static final String EVENT_PREFIX = "ce_";

  /** Tells that attributes under the binding's prefix had {@link CloudEventAttributes#PREFIX}. */
  private static final String EVENT = TYPE_OF + EVENT_PREFIX;

  private Wire() {}

  /** Whether a header belongs to the runtime and is not the sender's. */
  static boolean isReserved(String name) {
    return name.startsWith(OWN) || name.equals(CONTENT_TYPE);
  }

  static void put(Headers headers, String name, @Nullable Object value) {
    if (value != null) {
      headers.remove(name);
      headers.add(name, bytes(value.toString()));
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static @Nullable String text(Headers headers, String name) {
    Header found = headers.lastHeader(name);
    return found == null || found.value() == null
        ? null
        : new String(found.value(), StandardCharsets.UTF_8);
  }

  static @Nullable Long number(Headers headers, String name) {
    String text = text(headers, name);
    try {
      return text == null ? null : Long.valueOf(text);
    } catch (NumberFormatException e) {
      return null; // somebody changed it on the way
    }
  }

  static @Nullable Instant instant(Headers headers, String name) {
    Long millis = number(headers, name);
    return millis == null ? null : Instant.ofEpochMilli(millis);
  }

  /** Adds the sender's headers; those of a CloudEvent under the names that Kafka's clients know. */
  static void write(Map<String, Object> from, Headers to) {
    boolean event = isEvent(from);
    if (event) {
      to.add(EVENT, bytes(CloudEventAttributes.PREFIX));
    }
    from.forEach(
        (given, value) -> {
          String name = event ? renamed(given, CloudEventAttributes.PREFIX, EVENT_PREFIX) : given;
          if (value instanceof byte[] bytes) {
            to.add(name, bytes);
          } else {
            to.add(name, bytes(value.toString()));
          }
          String type = type(value);
          if (!type.isEmpty()) {
            to.add(TYPE_OF + name, bytes(type));
          }
        });
  }

  /** Not where a name would be taken already: then all stays as it was given. */
  private static boolean isEvent(Map<String, Object> headers) {
    return headers.keySet().stream().anyMatch(name -> name.startsWith(CloudEventAttributes.PREFIX))
        && headers.keySet().stream().noneMatch(name -> name.startsWith(EVENT_PREFIX));
  }

  private static String renamed(String name, String from, String to) {
    return name.startsWith(from) ? to + name.substring(from.length()) : name;
  }

  private static String type(Object value) {
    if (value instanceof byte[]) {
      return "bytes";
    }
    return value instanceof String ? "" : value.getClass().getSimpleName();
  }

  /** The sender's headers. */
  static Map<String, Object> read(Headers from) {
    Map<String, Object> headers = new LinkedHashMap<>();
    boolean event = CloudEventAttributes.PREFIX.equals(text(from, EVENT));
    for (Header header : from) {
      String name = header.key();
      if (!isReserved(name) && header.value() != null) {
        headers.put(
            event ? renamed(name, EVENT_PREFIX, CloudEventAttributes.PREFIX) : name,
            typed(header.value(), text(from, TYPE_OF + name)));
      }
    }
    return headers;
  }

  private static Object typed(byte[] value, @Nullable String type) {
    if ("bytes".equals(type)) {
      return value;
    }
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value)).toString();
    } catch (CharacterCodingException e) {
      return value; // a foreign sender's
    }
    if (type == null) {
      return text;
    }
    try {
      return switch (type) {
        case "Boolean" -> Boolean.valueOf(text);
        case "Byte" -> Byte.valueOf(text);
        case "Short" -> Short.valueOf(text);
        case "Integer" -> Integer.valueOf(text);
        case "Long" -> Long.valueOf(text);
        case "Float" -> Float.valueOf(text);
        case "Double" -> Double.valueOf(text);
        case "Instant" -> Instant.parse(text);
        case "UUID" -> UUID.fromString(text);
        default -> text;
      };
    } catch (DateTimeException | IllegalArgumentException e) {
      return text; // somebody changed it on the way
    }
  }
}
