package io.queueruntime.provider.front;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.store.StoredMessage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Messages as a state store keeps their contents; the same for every broker.
 *
 * <pre>
 * u8 version = 1
 * i64 enqueued, expires, due, first failure      milliseconds since 1970; least: none
 * i64 time to live                               milliseconds; least: none
 * i32 deliveries
 * bytes body
 * text copy id, i64 end of its duplicate window  milliseconds since 1970; least: none
 * text session id, correlation id, reply-to, reply-to session id, content type, subject, payload type
 * i32 number of headers, then for each: text name, u8 type, value
 * </pre>
 *
 * <p>Texts and bytes are behind their length, an absent one has the length -1. What is read is
 * never larger than what there is. The engine's own form has what a sender says, this one also what
 * foreign senders do and what a message has been through. Thread-safe.
 */
final class StoredForm {

  private static final int VERSION = 1;
  private static final long NONE = Long.MIN_VALUE;
  private static final int FIXED_BYTES = 256;

  private StoredForm() {}

  /**
   * The message for the store.
   *
   * @param due when the store is to say that it is
   */
  static StoredMessage of(KeptMessage message, @Nullable Instant due) {
    return new StoredMessage(
        message.queue(), message.sequenceNumber(), message.messageId(), due, encode(message));
  }

  private static byte[] encode(KeptMessage message) {
    ReceivedMessage<byte[]> content = message.content();
    Duration life = message.timeToLive();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(content.body().length + FIXED_BYTES);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeLong(content.enqueuedTime().toEpochMilli());
      out.writeLong(millis(message.expires()));
      out.writeLong(millis(message.due()));
      out.writeLong(millis(message.firstFailure()));
      out.writeLong(life == null ? NONE : Math.max(1, life.toMillis()));
      out.writeInt(message.deliveries());
      bytes(out, content.body());
      CopyMark mark = message.mark();
      text(out, mark == null ? null : mark.copy().toString());
      out.writeLong(mark == null ? NONE : mark.until().toEpochMilli());
      text(out, message.sessionId().map(SessionId::value).orElse(null));
      text(out, content.correlationId().orElse(null));
      text(out, content.replyTo().orElse(null));
      text(out, content.replyToSessionId().orElse(null));
      text(out, content.contentType().orElse(null));
      text(out, content.subject().orElse(null));
      text(out, content.payloadType().orElse(null));
      out.writeInt(content.headers().size());
      for (Map.Entry<String, Object> header : content.headers().entrySet()) {
        text(out, header.getKey());
        HeaderForm.write(out, header.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("An array takes whatever is written to it.", e);
    }
    return bytes.toByteArray();
  }

  /**
   * The message again.
   *
   * @throws StorageFailed for what a newer release wrote, or what is damaged
   */
  static KeptMessage read(StoredMessage stored) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(stored.content()))) {
      int version = in.readUnsignedByte();
      if (version != VERSION) {
        throw new StorageFailed(
            StorageFailed.Reason.NEWER_FORMAT,
            "Cannot read message '%s' (number %s) of queue '%s' from the state store: it is of version %d, and this release reads %d. Let a newer release take it."
                .formatted(stored.messageId(), stored.number(), stored.queue(), version, VERSION),
            null);
      }
      return read(stored, in);
    } catch (IOException | DateTimeException | ValidationFailed e) {
      throw new StorageFailed(
          StorageFailed.Reason.DAMAGED,
          "Cannot read message '%s' (number %s) of queue '%s' from the state store: its %d bytes are not what was stored. Restore them, or remove the entry."
              .formatted(
                  stored.messageId(), stored.number(), stored.queue(), stored.content().length),
          e);
    }
  }

  private static KeptMessage read(StoredMessage stored, DataInputStream in) throws IOException {
    Instant enqueued = Instant.ofEpochMilli(in.readLong());
    Instant expires = instant(in.readLong());
    Instant due = instant(in.readLong());
    Instant firstFailure = instant(in.readLong());
    long life = in.readLong();
    int deliveries = in.readInt();
    byte[] body = bytes(in);
    if (body == null || deliveries < 0) {
      throw new IOException("A message has a body, and was delivered some times or never.");
    }
    String copy = text(in);
    CopyMark mark = CopyMark.of(copy, in.readLong());
    String session = text(in);
    ReceivedMessage.Builder<byte[]> message =
        ReceivedMessage.of(stored.queue(), stored.number(), stored.messageId(), body)
            .deliveryCount(deliveries)
            .sessionId(session == null ? null : SessionId.of(session))
            .enqueuedTime(enqueued)
            .expiresAt(expires)
            .scheduledEnqueueTime(due)
            .correlationId(text(in))
            .replyTo(text(in))
            .replyToSessionId(text(in))
            .contentType(text(in))
            .subject(text(in))
            .payloadType(text(in))
            .headers(headers(in));
    return new KeptMessage(
        message.build(),
        life == NONE ? null : Duration.ofMillis(Math.max(1, life)),
        deliveries,
        firstFailure,
        mark);
  }

  private static Map<String, Object> headers(DataInputStream in) throws IOException {
    int count = in.readInt();
    Map<String, Object> headers = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      String name = text(in);
      if (name == null) {
        throw new IOException("A header has a name.");
      }
      headers.put(name, HeaderForm.read(in));
    }
    return Collections.unmodifiableMap(headers);
  }

  private static long millis(@Nullable Instant time) {
    return time == null ? NONE : time.toEpochMilli();
  }

  private static @Nullable Instant instant(long millis) {
    return millis == NONE ? null : Instant.ofEpochMilli(millis);
  }

  static void text(DataOutputStream out, @Nullable String value) throws IOException {
    bytes(out, value == null ? null : value.getBytes(StandardCharsets.UTF_8));
  }

  static @Nullable String text(DataInputStream in) throws IOException {
    byte[] value = bytes(in);
    return value == null ? null : new String(value, StandardCharsets.UTF_8);
  }

  static void bytes(DataOutputStream out, byte @Nullable [] value) throws IOException {
    if (value == null) {
      out.writeInt(-1);
    } else {
      out.writeInt(value.length);
      out.write(value);
    }
  }

  static byte @Nullable [] bytes(DataInputStream in) throws IOException {
    int size = in.readInt();
    if (size == -1) {
      return null;
    }
    if (size < 0 || size > in.available()) {
      throw new IOException(size + " bytes where " + in.available() + " are left");
    }
    return in.readNBytes(size);
  }
}
