package io.queueruntime.kafka;

import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.front.CopyMark;
import io.queueruntime.provider.front.KeptMessage;
import io.queueruntime.provider.front.Letter;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/** Records as they go to the broker. Thread-safe. */
final class Outgoing {

  /** What a record costs beside its texts and its body: frame, and our own headers. */
  private static final int FRAME_BYTES = 300;

  private Outgoing() {}

  /** A message for a queue of that definition, enqueued now. */
  static ProducerRecord<byte[], byte[]> of(
      OutgoingMessage message,
      String id,
      @Nullable CopyMark mark,
      Definition queue,
      SequenceNumber number,
      Instant now) {
    Headers headers = new RecordHeaders();
    Wire.put(headers, Wire.MESSAGE_ID, id);
    if (mark != null) {
      Wire.put(headers, Wire.COPY, mark.copy());
      Wire.put(headers, Wire.COPY_UNTIL, mark.until().toEpochMilli());
    }
    Wire.put(headers, Wire.SEQUENCE, number.value());
    Wire.put(headers, Wire.ENQUEUED, now.toEpochMilli());
    message
        .scheduledEnqueueTime()
        .ifPresent(due -> Wire.put(headers, Wire.DUE, due.toEpochMilli()));
    Duration life = life(message.timeToLive().orElse(null), queue.options().defaultTimeToLive());
    if (life != null) {
      Wire.put(headers, Wire.TIME_TO_LIVE, life.toMillis());
      Wire.put(headers, Wire.EXPIRES, now.toEpochMilli() + life.toMillis());
    }
    Wire.put(headers, Wire.CORRELATION_ID, message.correlationId().orElse(null));
    Wire.put(headers, Wire.REPLY_TO, message.replyTo().orElse(null));
    Wire.put(headers, Wire.REPLY_TO_SESSION, message.replyToSessionId().orElse(null));
    Wire.put(headers, Wire.CONTENT_TYPE, message.contentType().orElse(null));
    Wire.put(headers, Wire.SUBJECT, message.subject().orElse(null));
    Wire.put(headers, Wire.PAYLOAD_TYPE, message.payloadType().orElse(null));
    Wire.write(message.headers(), headers);
    byte[] key = message.sessionId().map(session -> Wire.bytes(session.value())).orElse(null);
    // Where Kafka would put it itself, also once somebody has added partitions.
    Integer partition = message.sessionId().map(queue::partitionOf).orElse(null);
    return new ProducerRecord<>(queue.topic(), partition, null, key, message.body(), headers);
  }

  private static @Nullable Duration life(@Nullable Duration own, @Nullable Duration queues) {
    if (own == null || queues == null) {
      return own == null ? queues : own;
    }
    return own.compareTo(queues) < 0 ? own : queues;
  }

  /** A copy of a message that was kept in the state store, with a reason. */
  static ProducerRecord<byte[], byte[]> dead(
      Definition queue, KeptMessage message, Letter letter, SequenceNumber number) {
    Instant enqueued = message.content().enqueuedTime();
    ProducerRecord<byte[], byte[]> before =
        of(
            message.toOutgoing(),
            message.messageId(),
            null,
            queue,
            message.sequenceNumber(),
            enqueued);
    ConsumerRecord<byte[], byte[]> found =
        new ConsumerRecord<>(
            before.topic(),
            0,
            0,
            enqueued.toEpochMilli(),
            TimestampType.CREATE_TIME,
            ConsumerRecord.NULL_SIZE,
            ConsumerRecord.NULL_SIZE,
            before.key(),
            before.value(),
            before.headers(),
            Optional.empty());
    boolean sessions = queue.options().sessions();
    return dead(queue, new Incoming(queue.name(), sessions, false, found), letter, number);
  }

  /** A copy with a reason, for the dead-letter queue. */
  static ProducerRecord<byte[], byte[]> dead(
      Definition queue, Incoming message, Letter letter, SequenceNumber number) {
    Headers headers = new RecordHeaders(message.headers().toArray());
    headers.remove(Wire.EXPIRES);
    Wire.put(headers, Wire.MESSAGE_ID, message.messageId());
    Wire.put(headers, Wire.SEQUENCE, number.value());
    Wire.put(headers, Wire.ENQUEUED, message.enqueued().toEpochMilli());
    Wire.put(headers, Wire.DEAD_REASON, letter.reason());
    Wire.put(headers, Wire.DEAD_DESCRIPTION, letter.description());
    Wire.put(headers, Wire.DEAD_SOURCE, queue.name().value());
    Wire.put(headers, Wire.DEAD_SEQUENCE, message.sequenceNumber().value());
    Wire.put(headers, Wire.DEAD_COUNT, letter.deliveries());
    Wire.put(headers, Wire.DEAD_EXCEPTION, letter.exceptionClass());
    Instant first = letter.firstFailure();
    Wire.put(headers, Wire.DEAD_FIRST, first == null ? null : first.toEpochMilli());
    Wire.put(headers, Wire.DEAD_LAST, letter.when().toEpochMilli());
    return new ProducerRecord<>(
        queue.deadLetters(), null, null, message.record().key(), message.record().value(), headers);
  }

  /** A dead letter as it goes back: as it was sent, with a new number and its life begun anew. */
  static ProducerRecord<byte[], byte[]> replayed(
      Definition queue, Incoming letter, MessageEdits edits, SequenceNumber number, Instant now) {
    Headers headers = new RecordHeaders();
    for (Header header : letter.headers()) {
      String name = header.key();
      if (Wire.isReserved(name)
          && !name.startsWith(Wire.DEAD_PREFIX)
          && !name.startsWith(Wire.TYPE_OF)
          && !name.equals(Wire.DUE)
          && !name.equals(Wire.COPY)) { // it is no copy of what was sent, but comes through
        headers.add(header);
      }
    }
    Map<String, Object> own = new LinkedHashMap<>(Wire.read(letter.headers()));
    edits.remove().forEach(own::remove);
    own.putAll(edits.set());
    Wire.write(own, headers);
    Wire.put(headers, Wire.SEQUENCE, number.value());
    Wire.put(headers, Wire.ENQUEUED, now.toEpochMilli());
    Long life = Wire.number(headers, Wire.TIME_TO_LIVE);
    if (life != null) {
      Wire.put(headers, Wire.EXPIRES, now.toEpochMilli() + life);
    }
    return new ProducerRecord<>(
        queue.topic(),
        letter.sessionId().map(queue::partitionOf).orElse(null),
        null,
        letter.record().key(),
        letter.record().value(),
        headers);
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
      size += length(header.getKey()) * 2 + 20;
      size +=
          header.getValue() instanceof byte[] bytes
              ? bytes.length
              : length(header.getValue().toString());
    }
    return size;
  }

  private static long length(String text) {
    return text.isEmpty() ? 0 : Wire.bytes(text).length;
  }
}
