package io.queueruntime.autoconfigure.servicebus;

import io.queueruntime.autoconfigure.ProviderSettings;
import io.queueruntime.autoconfigure.QueueSettings;
import io.queueruntime.autoconfigure.SettingText;
import io.queueruntime.autoconfigure.StartupProblem;
import io.queueruntime.servicebus.QueueLimits;
import io.queueruntime.servicebus.QueueLimits.Excess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What Service Bus allows a queue to be, compared with what it is configured to be: before anything
 * is asked of the namespace, which would refuse it in words of its own.
 *
 * <p>Confined to its caller.
 */
final class ServiceBusLimits {

  private static final long MEGABYTE = 1 << 20;

  /** The code of the problem, where it is not the general one. */
  private static final Map<String, String> CODES =
      Map.of("lock-duration", "QR-108", "duplicate-detection.window", "QR-109");

  /** What to write instead. */
  private static final Map<String, String> EXAMPLES =
      Map.of(
          "lock-duration", "60s",
          "duplicate-detection.window", "10m",
          "auto-delete-on-idle", "7d",
          "default-time-to-live", "24h",
          "max-delivery-count", "10",
          "max-message-size", "256KB");

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
    QueueLimits.excesses(queue.options()).forEach(limits::refuse);
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

  private void refuse(Excess excess) {
    String setting = excess.setting();
    boolean lockTooLong =
        setting.equals("lock-duration")
            && queue.options().lockDuration().compareTo(QueueLimits.LOCK_MAX) > 0;
    problems.add(
        StartupProblem.failure(
            CODES.getOrDefault(setting, "QR-162"),
            "%s is %s; Service Bus allows %s."
                .formatted(
                    queue.propertyWithOrigin(setting),
                    text(excess.found()),
                    lockTooLong ? text(QueueLimits.LOCK_MAX) + " at most" : allowed(excess)),
            lockTooLong
                ? "Set %s to 5m or less and let the runtime renew it: queue-runtime.listener.max-lock-renewal: %s."
                    .formatted(queue.property(setting), text(excess.found()))
                : "Set %s, e.g. to %s.".formatted(queue.property(setting), EXAMPLES.get(setting))));
  }

  private static String allowed(Excess excess) {
    Object least = excess.least();
    Object most = excess.most();
    if (least == null) {
      return (most instanceof Long bytes ? bytes / MEGABYTE + "MB" : text(most)) + " at most";
    }
    return most == null ? text(least) + " or more" : text(least) + " to " + text(most);
  }

  private static String text(@Nullable Object value) {
    if (value instanceof Duration duration) {
      return SettingText.of(duration);
    } else if (value instanceof Long bytes) {
      return bytes + "B";
    }
    return String.valueOf(value);
  }
}
