package io.queueruntime.servicebus;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What Service Bus allows a queue to be, checked before it is asked: its own refusals name neither
 * the setting nor the limit. The numbers are those of Azure's documentation (Service Bus quotas).
 */
final class QueueLimits {

  static final Duration LOCK_MAX = Duration.ofMinutes(5);

  private static final Duration LOCK_MIN = Duration.ofSeconds(5);
  private static final Duration LIFE_MIN = Duration.ofSeconds(1);
  private static final Duration WINDOW_MIN = Duration.ofSeconds(20);
  private static final Duration WINDOW_MAX = Duration.ofDays(7);
  private static final Duration IDLE_MIN = Duration.ofMinutes(5);
  private static final int DELIVERIES_MAX = 2_000;
  private static final long MESSAGE_MAX = 100L * 1024 * 1024;

  private final QueueName queue;

  private QueueLimits(QueueName queue) {
    this.queue = queue;
  }

  static void check(QueueName queue, QueueOptions options) {
    QueueLimits limits = new QueueLimits(queue);
    limits.within("lock-duration", options.lockDuration(), LOCK_MIN, LOCK_MAX);
    limits.within("default-time-to-live", options.defaultTimeToLive(), LIFE_MIN, null);
    limits.within(
        "duplicate-detection.window", options.duplicateDetectionWindow(), WINDOW_MIN, WINDOW_MAX);
    limits.within("auto-delete-on-idle", options.autoDeleteOnIdle(), IDLE_MIN, null);
    if (options.maxDeliveryCount() > DELIVERIES_MAX) {
      throw limits.refused(
          "max-delivery-count", options.maxDeliveryCount(), "at most " + DELIVERIES_MAX);
    }
    Long largest = options.maxMessageSize();
    if (largest != null && largest > MESSAGE_MAX) {
      throw limits.refused("max-message-size", largest, "at most " + MESSAGE_MAX);
    }
    if (options.capacity() > 0) {
      throw new UnsupportedCapability(
          queue.value(),
          "Queue '%s' is to hold at most %d messages, but Service Bus limits a queue's size, not its messages; leave out capacity."
              .formatted(queue, options.capacity()));
    }
  }

  private void within(
      String setting, @Nullable Duration found, Duration least, @Nullable Duration most) {
    if (found == null
        || found.compareTo(least) >= 0 && (most == null || found.compareTo(most) <= 0)) {
      return;
    }
    throw refused(setting, found, most == null ? "at least " + least : least + " to " + most);
  }

  private ConfigurationInvalid refused(String setting, Object found, String allowed) {
    return new ConfigurationInvalid(
        queue.value(),
        "Queue '%s' cannot be created: %s is %s, Service Bus allows %s."
            .formatted(queue, setting, found, allowed));
  }
}
