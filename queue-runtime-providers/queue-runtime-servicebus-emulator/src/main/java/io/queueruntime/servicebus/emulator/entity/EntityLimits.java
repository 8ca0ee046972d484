package io.queueruntime.servicebus.emulator.entity;

import java.time.Duration;

/**
 * What Service Bus bounds of its queues. Immutable.
 *
 * @param queue bounds on a queue's properties
 * @param maxQueues queues in the namespace
 */
public record EntityLimits(QueueBounds queue, int maxQueues) {

  /**
   * Bounds on a queue's properties; all ends are allowed values.
   *
   * @param maxPathLength characters of a queue's name
   * @param minTimeToLive shortest default time to live
   * @param minAutoDeleteOnIdle shortest time without use after which a queue deletes itself
   * @param maxMessageKilobytes largest MaxMessageSizeInKilobytes
   */
  public record QueueBounds(
      int maxPathLength,
      Duration minLockDuration,
      Duration maxLockDuration,
      Duration minDuplicateWindow,
      Duration maxDuplicateWindow,
      Duration minTimeToLive,
      Duration minAutoDeleteOnIdle,
      int minSizeMegabytes,
      int maxSizeMegabytes,
      int maxDeliveryCount,
      int maxUserMetadataLength,
      int maxMessageKilobytes) {

    /** Those of Service Bus; messages may be as large as its premium tier takes them. */
    public static final QueueBounds STANDARD =
        new QueueBounds(
            260,
            Duration.ofSeconds(5),
            Duration.ofMinutes(5),
            Duration.ofSeconds(20),
            Duration.ofDays(7),
            Duration.ofSeconds(1),
            Duration.ofMinutes(5),
            1024,
            5 * 1024,
            2000,
            1024,
            100 * 1024);

    /**
     * Locks, windows and lives of a millisecond, for tests that do not move time. Nothing may be
     * longer or more than at Service Bus.
     */
    public static final QueueBounds RELAXED =
        new QueueBounds(
            STANDARD.maxPathLength,
            Duration.ofMillis(1),
            STANDARD.maxLockDuration,
            Duration.ofMillis(1),
            STANDARD.maxDuplicateWindow,
            Duration.ofMillis(1),
            Duration.ofMillis(1),
            1,
            80 * 1024, // what the premium tier has
            STANDARD.maxDeliveryCount,
            STANDARD.maxUserMetadataLength,
            STANDARD.maxMessageKilobytes);
  }

  /** Service Bus's own, where they do not come from sharing one service with others. */
  public static final EntityLimits STANDARD = new EntityLimits(QueueBounds.STANDARD, 100_000);

  /** The same with properties that suit fast tests: see {@link QueueBounds#RELAXED}. */
  public static final EntityLimits RELAXED = STANDARD.withQueue(QueueBounds.RELAXED);

  public EntityLimits {
    if (maxQueues < 1) {
      throw new IllegalArgumentException("maxQueues is at least 1, found %d.".formatted(maxQueues));
    }
  }

  public EntityLimits withQueue(QueueBounds value) {
    return new EntityLimits(value, maxQueues);
  }

  public EntityLimits withMaxQueues(int value) {
    return new EntityLimits(queue, value);
  }
}
