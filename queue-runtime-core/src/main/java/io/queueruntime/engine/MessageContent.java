package io.queueruntime.engine;

import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a sender said, as bytes: the part of a record that never changes while its message lives.
 *
 * <pre>
 * u8 version = 1
 * text message id, session id, deduplication key          what the index is rebuilt from, hence first
 * i64 time to live in ms, -1 without one
 * text correlation id, reply-to, reply-to session id, content type, subject, payload type
 * i64 scheduled enqueue time in ms, -1 without one
 * i32 number of headers, then for each: text name, u8 type, value
 * bytes body
 * </pre>
 *
 * <p>Thread-safe: encoding is done by the sender's thread.
 */
final class MessageContent {

  private static final byte VERSION = 1;
  private static final int MAX_HEADERS = 10_000;

  /** Version, two times, the number of headers and the length of the body. */
  private static final int FIXED_BYTES = 1 + 8 + 8 + 4 + 4;

  /** What a header takes more or less. */
  private static final int HEADER_BYTES = 48;

  private static final byte TEXT = 1;
  private static final byte BOOL = 2;
  private static final byte INT8 = 3;
  private static final byte INT16 = 4;
  private static final byte INT32 = 5;
  private static final byte INT64 = 6;
  private static final byte FLOAT = 7;
  private static final byte DOUBLE = 8;
  private static final byte TIME = 9;
  private static final byte ID = 10;
  private static final byte BINARY = 11;

  private MessageContent() {}

  /**
   * The message as bytes behind {@code headRoom} zeros, which the engine fills with what it
   * decides.
   */
  static byte[] encode(OutgoingMessage message, String messageId, int headRoom) {
    String sessionId = message.sessionId().map(SessionId::value).orElse(null);
    String key = message.deduplicationKey().orElse(null);
    String correlationId = message.correlationId().orElse(null);
    String replyTo = message.replyTo().orElse(null);
    String replyToSessionId = message.replyToSessionId().orElse(null);
    String contentType = message.contentType().orElse(null);
    String subject = message.subject().orElse(null);
    String payloadType = message.payloadType().orElse(null);
    Bytes headers = headers(message.headers());
    int size =
        FIXED_BYTES
            + Bytes.sizeOfText(messageId)
            + Bytes.sizeOfText(sessionId)
            + Bytes.sizeOfText(key)
            + Bytes.sizeOfText(correlationId)
            + Bytes.sizeOfText(replyTo)
            + Bytes.sizeOfText(replyToSessionId)
            + Bytes.sizeOfText(contentType)
            + Bytes.sizeOfText(subject)
            + Bytes.sizeOfText(payloadType)
            + (headers == null ? 0 : headers.length())
            + message.body().length;
    // Its size is known, so that it is written once, and to an array that is all of it.
    byte[] out = new byte[headRoom + size];
    out[headRoom] = VERSION;
    int at = Bytes.put(out, headRoom + 1, messageId);
    at = Bytes.put(out, at, sessionId);
    at = Bytes.put(out, at, key);
    at = Bytes.put(out, at, message.timeToLive().map(MessageContent::millisUp).orElse(-1L));
    at = Bytes.put(out, at, correlationId);
    at = Bytes.put(out, at, replyTo);
    at = Bytes.put(out, at, replyToSessionId);
    at = Bytes.put(out, at, contentType);
    at = Bytes.put(out, at, subject);
    at = Bytes.put(out, at, payloadType);
    at =
        Bytes.put(
            out, at, message.scheduledEnqueueTime().map(MessageContent::millisUp).orElse(-1L));
    at = Bytes.put(out, at, message.headers().size());
    if (headers != null) {
      at = headers.copyTo(out, at);
    }
    Bytes.put(out, at, message.body());
    return out;
  }

  private static @Nullable Bytes headers(Map<String, Object> headers) {
    if (headers.isEmpty()) {
      return null;
    }
    Bytes out = new Bytes(HEADER_BYTES * headers.size());
    headers.forEach((name, value) -> header(out.text(name), value));
    return out;
  }

  /** What the index is rebuilt from. */
  record Keys(
      String messageId,
      @Nullable String sessionId,
      @Nullable String deduplicationKey,
      long timeToLive) {}

  static Keys keys(ByteBuffer content) {
    version(content);
    return new Keys(
        Bytes.requireText(content),
        Bytes.readText(content),
        Bytes.readText(content),
        content.getLong());
  }

  /** The message again as its sender gave it. */
  static OutgoingMessage decode(ByteBuffer content) {
    Keys keys = keys(content);
    OutgoingMessage.Builder message =
        OutgoingMessage.of(new byte[0])
            .messageId(keys.messageId)
            .sessionId(keys.sessionId == null ? null : SessionId.of(keys.sessionId))
            .deduplicationKey(keys.deduplicationKey)
            .timeToLive(keys.timeToLive < 0 ? null : Duration.ofMillis(keys.timeToLive))
            .correlationId(Bytes.readText(content))
            .replyTo(Bytes.readText(content))
            .replyToSessionId(Bytes.readText(content))
            .contentType(Bytes.readText(content))
            .subject(Bytes.readText(content))
            .payloadType(Bytes.readText(content));
    long scheduled = content.getLong();
    message.scheduledEnqueueTime(scheduled < 0 ? null : Instant.ofEpochMilli(scheduled));
    return message.headers(headers(content)).body(body(content)).build();
  }

  /** A message as a receiver sees it, without what only the index knows. */
  static ReceivedMessage.Builder<byte[]> received(
      ByteBuffer content, QueueName queue, SequenceNumber sequence) {
    Keys keys = keys(content);
    String correlationId = Bytes.readText(content);
    String replyTo = Bytes.readText(content);
    String replyToSessionId = Bytes.readText(content);
    String contentType = Bytes.readText(content);
    String subject = Bytes.readText(content);
    String payloadType = Bytes.readText(content);
    long scheduled = content.getLong();
    Map<String, Object> headers = headers(content);
    return ReceivedMessage.of(queue, sequence, keys.messageId, body(content))
        .sessionId(keys.sessionId == null ? null : SessionId.of(keys.sessionId))
        .deduplicationKey(keys.deduplicationKey)
        .correlationId(correlationId)
        .replyTo(replyTo)
        .replyToSessionId(replyToSessionId)
        .contentType(contentType)
        .subject(subject)
        .payloadType(payloadType)
        .scheduledEnqueueTime(scheduled < 0 ? null : Instant.ofEpochMilli(scheduled))
        .headers(headers);
  }

  /** Milliseconds, rounded up: never due early, never a life of zero. */
  static long millisUp(Duration duration) {
    try {
      long millis = duration.toMillis();
      return duration.minusMillis(millis).isZero() ? millis : millis + 1;
    } catch (ArithmeticException tooLong) {
      return Long.MAX_VALUE / 4;
    }
  }

  static long millisUp(Instant time) {
    try {
      long millis = time.toEpochMilli();
      return time.minusMillis(millis).equals(Instant.EPOCH) ? millis : millis + 1;
    } catch (ArithmeticException tooFar) {
      return time.isAfter(Instant.EPOCH) ? Long.MAX_VALUE / 4 : 0;
    }
  }

  private static void version(ByteBuffer content) {
    int version = content.get();
    if (version != VERSION) {
      throw new MalformedRecord(
          "a message of version " + version + " where " + VERSION + " is known");
    }
  }

  private static byte[] body(ByteBuffer content) {
    byte[] body = Bytes.readBytes(content);
    if (body == null) {
      throw new MalformedRecord("a message without a body");
    }
    return body;
  }

  private static void header(Bytes out, Object value) {
    if (value instanceof String text) {
      out.u8(TEXT).text(text);
    } else if (value instanceof Boolean bool) {
      out.u8(BOOL).bool(bool);
    } else if (value instanceof Byte number) {
      out.u8(INT8).u8(number);
    } else if (value instanceof Short number) {
      out.u8(INT16).i32(number);
    } else if (value instanceof Integer number) {
      out.u8(INT32).i32(number);
    } else if (value instanceof Long number) {
      out.u8(INT64).i64(number);
    } else if (value instanceof Float number) {
      out.u8(FLOAT).i32(Float.floatToRawIntBits(number));
    } else if (value instanceof Double number) {
      out.u8(DOUBLE).i64(Double.doubleToRawLongBits(number));
    } else if (value instanceof Instant time) {
      out.u8(TIME).i64(time.getEpochSecond()).i32(time.getNano());
    } else if (value instanceof UUID id) {
      out.u8(ID).i64(id.getMostSignificantBits()).i64(id.getLeastSignificantBits());
    } else if (value instanceof byte[] binary) {
      out.u8(BINARY).bytes(binary);
    } else {
      throw new IllegalArgumentException(
          "A header of type " + value.getClass().getName() + " cannot be stored.");
    }
  }

  private static Map<String, Object> headers(ByteBuffer content) {
    int count = content.getInt();
    if (count == 0) {
      return Map.of();
    }
    if (count < 0 || count > MAX_HEADERS) {
      throw new MalformedRecord(count + " headers");
    }
    Map<String, Object> headers = new LinkedHashMap<>(count * 2);
    for (int i = 0; i < count; i++) {
      String name = Bytes.requireText(content);
      headers.put(name, headerValue(content));
    }
    return Collections.unmodifiableMap(headers);
  }

  private static Object headerValue(ByteBuffer content) {
    byte type = content.get();
    return switch (type) {
      case TEXT -> Bytes.requireText(content);
      case BOOL -> Bytes.readBool(content);
      case INT8 -> content.get();
      case INT16 -> (short) content.getInt();
      case INT32 -> content.getInt();
      case INT64 -> content.getLong();
      case FLOAT -> Float.intBitsToFloat(content.getInt());
      case DOUBLE -> Double.longBitsToDouble(content.getLong());
      case TIME -> Instant.ofEpochSecond(content.getLong(), content.getInt());
      case ID -> new UUID(content.getLong(), content.getLong());
      case BINARY -> {
        byte[] value = Bytes.readBytes(content);
        if (value == null) {
          throw new MalformedRecord("a missing header value");
        }
        yield value;
      }
      default -> throw new MalformedRecord("a header of type " + type);
    };
  }
}
