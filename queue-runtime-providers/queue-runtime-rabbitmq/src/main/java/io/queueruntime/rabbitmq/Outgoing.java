package io.queueruntime.rabbitmq;

import com.rabbitmq.client.AMQP;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.front.CopyMark;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message on its way to the broker.
 *
 * <p>Immutable.
 *
 * @param messageId the caller's, or one made from the sequence number
 * @param delay for how long it is held back; zero: not at all
 */
record Outgoing(
    String messageId,
    SequenceNumber sequenceNumber,
    Duration delay,
    AMQP.BasicProperties properties,
    byte[] body) {

  /** What a message costs beside its texts and its body: fields, and our own headers. */
  private static final int FRAME_BYTES = 300;

  private static final int PERSISTENT = 2;

  /** Makes the message for a queue of that definition, enqueued now. */
  static Outgoing of(
      OutgoingMessage message,
      @Nullable CopyMark mark,
      Definition queue,
      SequenceNumber number,
      Instant now) {
    Map<String, Object> headers = new LinkedHashMap<>();
    headers.put(Wire.SEQUENCE, number.value());
    if (mark != null) {
      headers.put(Wire.COPY, mark.copy().toString());
      headers.put(Wire.COPY_UNTIL, mark.until().toEpochMilli());
    }
    Instant enqueued = message.scheduledEnqueueTime().filter(due -> due.isAfter(now)).orElse(now);
    boolean later = enqueued.isAfter(now);
    headers.put(Wire.ENQUEUED, enqueued.toEpochMilli());
    message.scheduledEnqueueTime().ifPresent(due -> headers.put(Wire.DUE, due.toEpochMilli()));
    Duration life = life(message.timeToLive().orElse(null), queue.options().defaultTimeToLive());
    if (life != null) {
      headers.put(Wire.TIME_TO_LIVE, life.toMillis());
      headers.put(Wire.EXPIRES, enqueued.toEpochMilli() + life.toMillis());
    }
    message.sessionId().ifPresent(id -> headers.put(Wire.SESSION_ID, id.value()));
    message.subject().ifPresent(subject -> headers.put(Wire.SUBJECT, subject));
    message.replyToSessionId().ifPresent(id -> headers.put(Wire.REPLY_TO_SESSION, id));
    String id = message.messageId().orElseGet(() -> "qr-" + number);
    AMQP.BasicProperties.Builder properties =
        new AMQP.BasicProperties.Builder()
            .deliveryMode(PERSISTENT)
            .messageId(Wire.shortOrHeader("message-id", id, headers))
            .correlationId(
                Wire.shortOrHeader("correlation-id", message.correlationId().orElse(null), headers))
            .replyTo(Wire.shortOrHeader("reply-to", message.replyTo().orElse(null), headers))
            .contentType(
                Wire.shortOrHeader("content-type", message.contentType().orElse(null), headers))
            .type(Wire.shortOrHeader("type", message.payloadType().orElse(null), headers))
            .timestamp(Date.from(enqueued));
    Wire.write(message.headers(), headers);
    // Not while it is held back, where it would expire. Nor where the broker would dead-letter what
    // is to be gone: there it is looked at when it is received.
    if (life != null && !later && queue.known() && queue.options().deadLetterOnExpiration()) {
      properties.expiration(String.valueOf(Math.min(life.toMillis(), EXPIRATION_MAX)));
    }
    return new Outgoing(
        id,
        number,
        later ? Duration.between(now, enqueued) : Duration.ZERO,
        properties.headers(headers).build(),
        message.body());
  }

  /** The broker's longest; about ten years, in milliseconds. */
  private static final long EXPIRATION_MAX = 315_360_000_000L;

  private static @Nullable Duration life(@Nullable Duration own, @Nullable Duration queues) {
    if (own == null || queues == null) {
      return own == null ? queues : own;
    }
    return own.compareTo(queues) < 0 ? own : queues;
  }

  /** How large a message is counted. */
  static long size(OutgoingMessage message) {
    long size = FRAME_BYTES + (long) message.body().length;
    size += length(message.messageId().orElse(""));
    size += length(message.sessionId().map(SessionId::value).orElse(""));
    size += length(message.correlationId().orElse(""));
    size += length(message.replyTo().orElse(""));
    size += length(message.replyToSessionId().orElse(""));
    size += length(message.contentType().orElse(""));
    size += length(message.subject().orElse(""));
    size += length(message.payloadType().orElse(""));
    for (Map.Entry<String, Object> header : message.headers().entrySet()) {
      size += length(header.getKey()) + 5L;
      Object value = header.getValue();
      size +=
          value instanceof byte[] bytes
              ? bytes.length
              : value instanceof String text ? length(text) : Long.BYTES;
    }
    return size;
  }

  private static long length(String text) {
    return text.isEmpty() ? 0 : text.getBytes(StandardCharsets.UTF_8).length;
  }
}
