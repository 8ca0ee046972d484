package io.queueruntime.message;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
 * @param forwardTo where messages go instead of staying; {@code null}: they stay
 * @param forwardDeadLettersTo where dead letters go instead of the dead-letter queue; {@code null}:
 *     they stay there
 * @param attributes what is noted with the queue for whoever reads it; at most {@value
 *     #MAX_ATTRIBUTES}, and {@value #MAX_ATTRIBUTE_BYTES} bytes of UTF-8 together
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
    long capacity,
    @Nullable QueueName forwardTo,
    @Nullable QueueName forwardDeadLettersTo,
    Map<String, String> attributes) {

  /** Most attributes of a queue. */
  public static final int MAX_ATTRIBUTES = 32;

  /** Most bytes of all names and values of a queue's attributes, as UTF-8. */
  public static final int MAX_ATTRIBUTE_BYTES = 4096;

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
          0,
          null,
          null,
          Map.of());

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
    attributes = Map.copyOf(attributes);
    checkAttributes(attributes);
  }

  private static void checkAttributes(Map<String, String> attributes) {
    long bytes = 0;
    for (Map.Entry<String, String> attribute : attributes.entrySet()) {
      bytes += attribute.getKey().getBytes(StandardCharsets.UTF_8).length;
      bytes += attribute.getValue().getBytes(StandardCharsets.UTF_8).length;
    }
    if (attributes.size() > MAX_ATTRIBUTES || bytes > MAX_ATTRIBUTE_BYTES) {
      throw new ValidationFailed(
          null,
          "A queue has at most %d attributes of %d bytes together, found %d of %d bytes."
              .formatted(MAX_ATTRIBUTES, MAX_ATTRIBUTE_BYTES, attributes.size(), bytes));
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
    Copy copy = new Copy(this);
    copy.sessions = value;
    return copy.options();
  }

  public QueueOptions withLockDuration(Duration value) {
    Copy copy = new Copy(this);
    copy.lockDuration = value;
    return copy.options();
  }

  public QueueOptions withMaxDeliveryCount(int value) {
    Copy copy = new Copy(this);
    copy.maxDeliveryCount = value;
    return copy.options();
  }

  public QueueOptions withDefaultTimeToLive(@Nullable Duration value) {
    Copy copy = new Copy(this);
    copy.defaultTimeToLive = value;
    return copy.options();
  }

  public QueueOptions withDeadLetterOnExpiration(boolean value) {
    Copy copy = new Copy(this);
    copy.deadLetterOnExpiration = value;
    return copy.options();
  }

  public QueueOptions withDuplicateDetectionWindow(@Nullable Duration value) {
    Copy copy = new Copy(this);
    copy.duplicateDetectionWindow = value;
    return copy.options();
  }

  public QueueOptions withAutoDeleteOnIdle(@Nullable Duration value) {
    Copy copy = new Copy(this);
    copy.autoDeleteOnIdle = value;
    return copy.options();
  }

  public QueueOptions withMaxMessageSize(@Nullable Long value) {
    Copy copy = new Copy(this);
    copy.maxMessageSize = value;
    return copy.options();
  }

  public QueueOptions withCapacity(long value) {
    Copy copy = new Copy(this);
    copy.capacity = value;
    return copy.options();
  }

  /** The target has to exist before the queue is told to forward to it. */
  public QueueOptions withForwardTo(@Nullable QueueName value) {
    Copy copy = new Copy(this);
    copy.forwardTo = value;
    return copy.options();
  }

  /** The target has to exist before the queue is told to forward to it. */
  public QueueOptions withForwardDeadLettersTo(@Nullable QueueName value) {
    Copy copy = new Copy(this);
    copy.forwardDeadLettersTo = value;
    return copy.options();
  }

  public QueueOptions withAttributes(Map<String, String> value) {
    Copy copy = new Copy(this);
    copy.attributes = value;
    return copy.options();
  }

  /** All of a queue's options, of which one is about to change. Not thread-safe. */
  private static final class Copy {
    private boolean sessions;
    private Duration lockDuration;
    private int maxDeliveryCount;
    private @Nullable Duration defaultTimeToLive;
    private boolean deadLetterOnExpiration;
    private @Nullable Duration duplicateDetectionWindow;
    private @Nullable Duration autoDeleteOnIdle;
    private @Nullable Long maxMessageSize;
    private long capacity;
    private @Nullable QueueName forwardTo;
    private @Nullable QueueName forwardDeadLettersTo;
    private Map<String, String> attributes;

    Copy(QueueOptions from) {
      sessions = from.sessions;
      lockDuration = from.lockDuration;
      maxDeliveryCount = from.maxDeliveryCount;
      defaultTimeToLive = from.defaultTimeToLive;
      deadLetterOnExpiration = from.deadLetterOnExpiration;
      duplicateDetectionWindow = from.duplicateDetectionWindow;
      autoDeleteOnIdle = from.autoDeleteOnIdle;
      maxMessageSize = from.maxMessageSize;
      capacity = from.capacity;
      forwardTo = from.forwardTo;
      forwardDeadLettersTo = from.forwardDeadLettersTo;
      attributes = from.attributes;
    }

    QueueOptions options() {
      return new QueueOptions(
          sessions,
          lockDuration,
          maxDeliveryCount,
          defaultTimeToLive,
          deadLetterOnExpiration,
          duplicateDetectionWindow,
          autoDeleteOnIdle,
          maxMessageSize,
          capacity,
          forwardTo,
          forwardDeadLettersTo,
          attributes);
    }
  }
}
