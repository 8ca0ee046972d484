package io.queueruntime.rabbitmq;

import io.queueruntime.message.QueueDescription;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.front.FrontQueue;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A queue of ours as it stands at the broker: its name, what it was created with, and the broker's
 * queues that it is made of. Immutable.
 *
 * @param partitions how many queues hold its sessions; 0 for a queue without sessions
 * @param known whether it was created here; a foreign queue is taken as it is
 */
record Definition(
    QueueName name, QueueOptions options, int partitions, Instant createdAt, boolean known)
    implements FrontQueue {

  /** A queue that somebody else has declared: nothing is known of it but that it is there. */
  static Definition foreign(QueueName name) {
    QueueOptions options =
        QueueOptions.DEFAULTS.withDefaultTimeToLive(null).withDuplicateDetectionWindow(null);
    return new Definition(name, options, 0, Instant.EPOCH, false);
  }

  Definition with(QueueOptions changed) {
    return new Definition(name, changed, partitions, createdAt, known);
  }

  QueueDescription description() {
    return new QueueDescription(name, options, createdAt);
  }

  /** The broker's queue that a message goes to. */
  String target(@Nullable String sessionId) {
    return sessionId == null || partitions == 0
        ? name.value()
        : partition(partitionOf(sessionId, partitions));
  }

  String partition(int number) {
    return "%s.s%02d".formatted(name, number);
  }

  String deadLetters() {
    return deadLetters(name.value());
  }

  static String deadLetters(String queue) {
    return queue + ".dlq";
  }

  /**
   * Which partition a session belongs to: FNV-1a over its UTF-8, mixed once more, so that ids that
   * differ in their last digit alone spread too.
   */
  static int partitionOf(String sessionId, int partitions) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : sessionId.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    hash ^= hash >>> 33;
    hash *= 0xff51afd7ed558ccdL;
    hash ^= hash >>> 33;
    return (int) Long.remainderUnsigned(hash, partitions);
  }

  // As headers of a message in the catalog

  Map<String, Object> toHeaders() {
    Map<String, Object> headers = new LinkedHashMap<>();
    headers.put("name", name.value());
    headers.put("partitions", partitions);
    headers.put("created", createdAt.toEpochMilli());
    headers.put("sessions", options.sessions());
    headers.put("lock", options.lockDuration().toMillis());
    headers.put("max-delivery-count", options.maxDeliveryCount());
    headers.put("dead-letter-on-expiration", options.deadLetterOnExpiration());
    headers.put("capacity", options.capacity());
    put(headers, "time-to-live", options.defaultTimeToLive());
    put(headers, "duplicate-window", options.duplicateDetectionWindow());
    put(headers, "auto-delete", options.autoDeleteOnIdle());
    if (options.maxMessageSize() != null) {
      headers.put("max-message-size", options.maxMessageSize());
    }
    headers.put("attributes", new LinkedHashMap<>(options.attributes()));
    return headers;
  }

  private static void put(Map<String, Object> headers, String name, @Nullable Duration value) {
    if (value != null) {
      headers.put(name, value.toMillis());
    }
  }

  static Definition ofHeaders(Map<String, Object> headers) {
    Map<String, String> attributes = new LinkedHashMap<>();
    if (headers.get("attributes") instanceof Map<?, ?> noted) {
      noted.forEach((key, value) -> attributes.put(key.toString(), String.valueOf(value)));
    }
    Object size = headers.get("max-message-size");
    QueueOptions options =
        new QueueOptions(
            Boolean.TRUE.equals(headers.get("sessions")),
            Duration.ofMillis(Wire.number(headers.get("lock"), 60_000)),
            (int) Wire.number(headers.get("max-delivery-count"), 5),
            duration(headers.get("time-to-live")),
            !Boolean.FALSE.equals(headers.get("dead-letter-on-expiration")),
            duration(headers.get("duplicate-window")),
            duration(headers.get("auto-delete")),
            size == null ? null : Wire.number(size, 0),
            Wire.number(headers.get("capacity"), 0),
            null,
            null,
            attributes);
    return new Definition(
        QueueName.of(String.valueOf(headers.get("name"))),
        options,
        (int) Wire.number(headers.get("partitions"), 0),
        Instant.ofEpochMilli(Wire.number(headers.get("created"), 0)),
        true);
  }

  private static @Nullable Duration duration(@Nullable Object millis) {
    return millis == null ? null : Duration.ofMillis(Wire.number(millis, 0));
  }
}
