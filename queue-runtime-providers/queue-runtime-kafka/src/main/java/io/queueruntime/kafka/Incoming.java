package io.queueruntime.kafka;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.MessageState;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.front.CopyMark;
import io.queueruntime.provider.front.FoundMessage;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * A message as it was found at the broker, ours or a foreign one. Immutable.
 *
 * <p>A foreign message has no sequence number: it is given one made from its time and its offset,
 * which is the same however often it is found.
 */
final class Incoming implements FoundMessage {

  private static final byte[] NOTHING = {};
  private static final long EPOCH_MILLIS = 1_704_067_200_000L; // 2024-01-01
  private static final int OFFSET_BITS = 22;

  private final QueueName queue;
  private final boolean deadLetter;
  private final boolean sessions;
  private final ConsumerRecord<byte[], byte[]> record;
  private final SequenceNumber sequenceNumber;
  private final String messageId;

  Incoming(
      QueueName queue,
      boolean sessions,
      boolean deadLetter,
      ConsumerRecord<byte[], byte[]> record) {
    this.queue = queue;
    this.sessions = sessions;
    this.deadLetter = deadLetter;
    this.record = record;
    Long number = Wire.number(headers(), Wire.SEQUENCE);
    this.sequenceNumber = number == null || number < 1 ? ofPlace() : SequenceNumber.of(number);
    String id = Wire.text(headers(), Wire.MESSAGE_ID);
    this.messageId =
        id == null || id.isEmpty()
            ? "kafka-%d-%d".formatted(record.partition(), record.offset())
            : id;
  }

  private SequenceNumber ofPlace() {
    long millis = Math.max(1, record.timestamp() - EPOCH_MILLIS);
    return SequenceNumber.of(millis << OFFSET_BITS | record.offset() & ((1L << OFFSET_BITS) - 1));
  }

  QueueName queue() {
    return queue;
  }

  Headers headers() {
    return record.headers();
  }

  ConsumerRecord<byte[], byte[]> record() {
    return record;
  }

  byte[] body() {
    return Objects.requireNonNullElse(record.value(), NOTHING);
  }

  @Override
  public SequenceNumber sequenceNumber() {
    return sequenceNumber;
  }

  @Override
  public String messageId() {
    return messageId;
  }

  /** The record's key, where there are sessions; empty too for what is no session id. */
  @Override
  public Optional<SessionId> sessionId() {
    byte[] key = record.key();
    if (key == null || key.length == 0 || !sessions) {
      return Optional.empty();
    }
    try {
      return Optional.of(SessionId.of(new String(key, StandardCharsets.UTF_8)));
    } catch (ValidationFailed | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Dead letters live for ever. */
  @Override
  public @Nullable Instant expires() {
    return deadLetter ? null : Wire.instant(headers(), Wire.EXPIRES);
  }

  @Override
  public @Nullable Instant due() {
    return Wire.instant(headers(), Wire.DUE);
  }

  @Override
  public @Nullable CopyMark mark() {
    return CopyMark.of(Wire.text(headers(), Wire.COPY), Wire.number(headers(), Wire.COPY_UNTIL));
  }

  Instant enqueued() {
    Instant told = Wire.instant(headers(), Wire.ENQUEUED);
    return told == null ? Instant.ofEpochMilli(record.timestamp()) : told;
  }

  @Override
  public int countedBefore() {
    return Math.max(0, record.deliveryCount().map(Short::intValue).orElse(1) - 1);
  }

  @Override
  public ReceivedMessage.Builder<byte[]> toMessage() {
    Headers headers = headers();
    return ReceivedMessage.of(queue, sequenceNumber, messageId, body())
        .state(deadLetter ? MessageState.DEAD_LETTERED : MessageState.ACTIVE)
        .sessionId(sessionId().orElse(null))
        .enqueuedTime(enqueued())
        .expiresAt(expires())
        .scheduledEnqueueTime(due())
        .correlationId(Wire.text(headers, Wire.CORRELATION_ID))
        .replyTo(Wire.text(headers, Wire.REPLY_TO))
        .replyToSessionId(Wire.text(headers, Wire.REPLY_TO_SESSION))
        .contentType(Wire.text(headers, Wire.CONTENT_TYPE))
        .subject(Wire.text(headers, Wire.SUBJECT))
        .payloadType(Wire.text(headers, Wire.PAYLOAD_TYPE))
        .headers(Wire.read(headers))
        .deadLetter(deadLetter ? details() : null);
  }

  private DeadLetterDetails details() {
    Headers headers = headers();
    Long number = Wire.number(headers, Wire.DEAD_SEQUENCE);
    Long count = Wire.number(headers, Wire.DEAD_COUNT);
    Instant last = Wire.instant(headers, Wire.DEAD_LAST);
    String source = Wire.text(headers, Wire.DEAD_SOURCE);
    return new DeadLetterDetails(
        Objects.requireNonNullElse(Wire.text(headers, Wire.DEAD_REASON), "DeadLettered"),
        Wire.text(headers, Wire.DEAD_DESCRIPTION),
        source == null ? queue.value() : source,
        number == null ? sequenceNumber : SequenceNumber.of(number),
        count == null ? 0 : count.intValue(),
        Wire.text(headers, Wire.DEAD_EXCEPTION),
        Wire.instant(headers, Wire.DEAD_FIRST),
        last == null ? enqueued() : last);
  }
}
