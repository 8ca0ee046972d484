package io.queueruntime.autoconfigure.servicebus;

import io.queueruntime.autoconfigure.ProviderSettings;
import io.queueruntime.autoconfigure.QueueSettings;
import io.queueruntime.autoconfigure.SettingText;
import io.queueruntime.autoconfigure.StartupProblem;
import io.queueruntime.message.QueueOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What Service Bus allows a queue to be, compared with what it is configured to be: before anything
 * is asked of the namespace, which would refuse it in words of its own.
 *
 * <p>The numbers are those of Azure's documentation (Service Bus quotas). Confined to its caller.
 */
final class ServiceBusLimits {

  private static final Duration LOCK_MIN = Duration.ofSeconds(5);
  private static final Duration LOCK_MAX = Duration.ofMinutes(5);
  private static final Duration WINDOW_MIN = Duration.ofSeconds(20);
  private static final Duration WINDOW_MAX = Duration.ofDays(7);
  private static final Duration IDLE_MIN = Duration.ofMinutes(5);
  private static final Duration LIFE_MIN = Duration.ofSeconds(1);
  private static final int DELIVERIES_MAX = 2_000;
  private static final long MESSAGE_MAX_MB = 100;

  private final QueueSettings queue;
  private final List<StartupProblem> problems = new ArrayList<>();

  private ServiceBusLimits(QueueSettings queue) {
    this.queue = queue;
  }

  /**
   * @param entityPath the only queue that the client's connection string is good for, if it is
   *     limited to one
   */
  static List<StartupProblem> check(
      ProviderSettings settings, QueueSettings queue, Optional<Found> entityPath) {
    ServiceBusLimits limits = new ServiceBusLimits(queue);
    limits.entityPath(settings, entityPath);
    limits.lock();
    limits.window();
    limits.others();
    return limits.problems;
  }

  private void entityPath(ProviderSettings settings, Optional<Found> entityPath) {
    entityPath
        .filter(only -> !only.text().equalsIgnoreCase(queue.name().value()))
        .ifPresent(
            only ->
                problems.add(
                    StartupProblem.failure(
                        "QR-107",
                        "%s is limited by its EntityPath to queue \"%s\", but client \"%s\" is to reach queue \"%s\"."
                            .formatted(only.where(), only.text(), settings.client(), queue.name()),
                        "Use a connection string of the whole namespace, or a client of its own for queue \"%s\"."
                            .formatted(queue.name()))));
  }

  private void lock() {
    Duration lock = queue.options().lockDuration();
    if (lock.compareTo(LOCK_MAX) > 0) {
      problems.add(
          StartupProblem.failure(
              "QR-108",
              "%s is %s; Service Bus allows %s at most."
                  .formatted(
                      queue.propertyWithOrigin("lock-duration"),
                      SettingText.of(lock),
                      SettingText.of(LOCK_MAX)),
              "Set %s to 5m or less and let the runtime renew it: queue-runtime.listener.max-lock-renewal: %s."
                  .formatted(queue.property("lock-duration"), SettingText.of(lock))));
    } else if (lock.compareTo(LOCK_MIN) < 0) {
      outside("QR-108", "lock-duration", lock, LOCK_MIN, LOCK_MAX, "60s");
    }
  }

  private void window() {
    Duration window = queue.options().duplicateDetectionWindow();
    if (window != null && (window.compareTo(WINDOW_MIN) < 0 || window.compareTo(WINDOW_MAX) > 0)) {
      outside("QR-109", "duplicate-detection.window", window, WINDOW_MIN, WINDOW_MAX, "10m");
    }
  }

  private void others() {
    QueueOptions options = queue.options();
    atLeast("auto-delete-on-idle", options.autoDeleteOnIdle(), IDLE_MIN, "7d");
    atLeast("default-time-to-live", options.defaultTimeToLive(), LIFE_MIN, "24h");
    if (options.maxDeliveryCount() > DELIVERIES_MAX) {
      refuse(
          "QR-162",
          "max-delivery-count",
          Integer.toString(options.maxDeliveryCount()),
          DELIVERIES_MAX + " at most",
          "10");
    }
    Long largest = options.maxMessageSize();
    if (largest != null && largest > MESSAGE_MAX_MB << 20) {
      refuse("QR-162", "max-message-size", largest + "B", MESSAGE_MAX_MB + "MB at most", "256KB");
    }
  }

  private void atLeast(String setting, @Nullable Duration value, Duration least, String example) {
    if (value != null && value.compareTo(least) < 0) {
      refuse("QR-162", setting, SettingText.of(value), SettingText.of(least) + " or more", example);
    }
  }

  private void outside(
      String code, String setting, Duration value, Duration least, Duration most, String example) {
    refuse(
        code,
        setting,
        SettingText.of(value),
        SettingText.of(least) + " to " + SettingText.of(most),
        example);
  }

  private void refuse(String code, String setting, String value, String allowed, String example) {
    problems.add(
        StartupProblem.failure(
            code,
            "%s is %s; Service Bus allows %s."
                .formatted(queue.propertyWithOrigin(setting), value, allowed),
            "Set %s, e.g. to %s.".formatted(queue.property(setting), example)));
  }
}
