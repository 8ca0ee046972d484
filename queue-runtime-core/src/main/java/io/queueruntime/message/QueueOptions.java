package io.queueruntime.message;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a queue was created with.
 *
 * <p>Immutable. Whether a queue has sessions can never be changed; the rest can where the provider
 * allows it.
 *
 * @param sessions whether every message belongs to a session
 * @param lockDuration how long a delivery or a session is held without renewal
 * @param maxDeliveryCount deliveries before a message is dead-lettered, at least 1
 * @param defaultTimeToLive longest life of a message; {@code null}: forever
 * @param deadLetterOnExpiration whether expired messages go to the dead-letter queue; otherwise
 *     they are gone
 * @param duplicateDetectionWindow for how long a message id is remembered; {@code null}: not at all
 * @param autoDeleteOnIdle the queue is deleted after so long without use; {@code null}: never
 * @param maxMessageSize largest stored message, in bytes; {@code null}: the provider's limit
 * @param capacity messages the queue holds before senders are held back; 0: no limit
 */
public record QueueOptions(
    boolean sessions,
    Duration lockDuration,
    int maxDeliveryCount,
    @Nullable Duration defaultTimeToLive,
    boolean deadLetterOnExpiration,
    @Nullable Duration duplicateDetectionWindow,
    @Nullable Duration autoDeleteOnIdle,
    @Nullable Long maxMessageSize,
    long capacity) {

  /**
   * A plain queue: 60 s locks, 5 deliveries, a day to live, dead letters on expiry, a 10-minute
   * duplicate window.
   */
  public static final QueueOptions DEFAULTS =
      new QueueOptions(
          false,
          Duration.ofSeconds(60),
          5,
          Duration.ofHours(24),
          true,
          Duration.ofMinutes(10),
          null,
          null,
          0);

  public QueueOptions {
    positive("lock-duration", lockDuration);
    positive("default-time-to-live", defaultTimeToLive);
    positive("duplicate-detection.window", duplicateDetectionWindow);
    positive("auto-delete-on-idle", autoDeleteOnIdle);
    if (maxDeliveryCount < 1) {
      throw new ValidationFailed(
          null, "max-delivery-count is at least 1, found " + maxDeliveryCount + ".");
    }
    if (maxMessageSize != null && maxMessageSize < 1) {
      throw new ValidationFailed(
          null, "max-message-size is at least 1 byte, found " + maxMessageSize + ".");
    }
    if (capacity < 0) {
      throw new ValidationFailed(null, "capacity is 0 (no limit) or more, found " + capacity + ".");
    }
  }

  private static void positive(String what, @Nullable Duration duration) {
    if (duration != null && (duration.isZero() || duration.isNegative())) {
      throw new ValidationFailed(null, what + " is more than zero, found " + duration + ".");
    }
  }

  /**
   * The differences that cannot be changed on an existing queue, one sentence each; empty when
   * there are none.
   */
  public List<String> immutableDifferences(QueueOptions wanted) {
    return sessions == wanted.sessions
        ? List.of()
        : List.of(
            "sessions are %s on the existing queue and %s in the configuration"
                .formatted(
                    sessions ? "required" : "not used", wanted.sessions ? "required" : "not used"));
  }

  /** The queue's limit on the life of a message, if it has one. */
  public Optional<Duration> timeToLiveLimit() {
    return Optional.ofNullable(defaultTimeToLive);
  }

  public QueueOptions withSessions(boolean value) {
    return new QueueOptions(
        value,
        lockDuration,
        maxDeliveryCount,
        defaultTimeToLive,
        deadLetterOnExpiration,
        duplicateDetectionWindow,
        autoDeleteOnIdle,
        maxMessageSize,
        capacity);
  }

  public QueueOptions withLockDuration(Duration value) {
    return new QueueOptions(
        sessions,
        value,
        maxDeliveryCount,
        defaultTimeToLive,
        deadLetterOnExpiration,
        duplicateDetectionWindow,
        autoDeleteOnIdle,
        maxMessageSize,
        capacity);
  }

  public QueueOptions withMaxDeliveryCount(int value) {
    return new QueueOptions(
        sessions,
        lockDuration,
        value,
        defaultTimeToLive,
        deadLetterOnExpiration,
        duplicateDetectionWindow,
        autoDeleteOnIdle,
        maxMessageSize,
        capacity);
  }

  public QueueOptions withDefaultTimeToLive(@Nullable Duration value) {
    return new QueueOptions(
        sessions,
        lockDuration,
        maxDeliveryCount,
        value,
        deadLetterOnExpiration,
        duplicateDetectionWindow,
        autoDeleteOnIdle,
        maxMessageSize,
        capacity);
  }

  public QueueOptions withDeadLetterOnExpiration(boolean value) {
    return new QueueOptions(
        sessions,
        lockDuration,
        maxDeliveryCount,
        defaultTimeToLive,
        value,
        duplicateDetectionWindow,
        autoDeleteOnIdle,
        maxMessageSize,
        capacity);
  }

  public QueueOptions withDuplicateDetectionWindow(@Nullable Duration value) {
    return new QueueOptions(
        sessions,
        lockDuration,
        maxDeliveryCount,
        defaultTimeToLive,
        deadLetterOnExpiration,
        value,
        autoDeleteOnIdle,
        maxMessageSize,
        capacity);
  }

  public QueueOptions withAutoDeleteOnIdle(@Nullable Duration value) {
    return new QueueOptions(
        sessions,
        lockDuration,
        maxDeliveryCount,
        defaultTimeToLive,
        deadLetterOnExpiration,
        duplicateDetectionWindow,
        value,
        maxMessageSize,
        capacity);
  }

  public QueueOptions withMaxMessageSize(@Nullable Long value) {
    return new QueueOptions(
        sessions,
        lockDuration,
        maxDeliveryCount,
        defaultTimeToLive,
        deadLetterOnExpiration,
        duplicateDetectionWindow,
        autoDeleteOnIdle,
        value,
        capacity);
  }

  public QueueOptions withCapacity(long value) {
    return new QueueOptions(
        sessions,
        lockDuration,
        maxDeliveryCount,
        defaultTimeToLive,
        deadLetterOnExpiration,
        duplicateDetectionWindow,
        autoDeleteOnIdle,
        maxMessageSize,
        value);
  }
}
