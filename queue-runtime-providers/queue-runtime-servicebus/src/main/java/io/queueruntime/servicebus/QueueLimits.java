package io.queueruntime.servicebus;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What Service Bus allows a queue to be, checked before it is asked: its own refusals name neither
 * the setting nor the limit. The numbers are those of Azure's documentation (Service Bus quotas).
 *
 * <p>Immutable and thread-safe.
 */
public final class QueueLimits {

  /** Longest lock of a delivery or a session. */
  public static final Duration LOCK_MAX = Duration.ofMinutes(5);

  private static final Duration LOCK_MIN = Duration.ofSeconds(5);
  private static final Duration LIFE_MIN = Duration.ofSeconds(1);
  private static final Duration WINDOW_MIN = Duration.ofSeconds(20);
  private static final Duration WINDOW_MAX = Duration.ofDays(7);
  private static final Duration IDLE_MIN = Duration.ofMinutes(5);
  private static final int DELIVERIES_MAX = 2_000;
  private static final long MESSAGE_MAX = 100L * 1024 * 1024;
  private static final int MEGABYTES_MIN = 1_024;
  private static final int MEGABYTES_MAX = 81_920;

  /**
   * A setting that is beyond what Service Bus allows. Immutable.
   *
   * @param setting its name below a queue, e.g. {@code lock-duration}
   * @param found its value: a duration, a number, or a size in bytes as a {@code Long}
   * @param least the smallest that is allowed; {@code null}: any
   * @param most the largest that is allowed; {@code null}: any
   */
  public record Excess(
      String setting, Object found, @Nullable Object least, @Nullable Object most) {

    private String allowed() {
      if (least == null) {
        return "at most " + most;
      }
      return most == null ? "at least " + least : least + " to " + most;
    }
  }

  private final List<Excess> excesses = new ArrayList<>();

  private QueueLimits() {}

  /** All settings of a queue that are beyond a limit; empty when there are none. */
  public static List<Excess> excesses(QueueOptions options) {
    QueueLimits limits = new QueueLimits();
    limits.within("lock-duration", options.lockDuration(), LOCK_MIN, LOCK_MAX);
    limits.within(
        "duplicate-detection.window", options.duplicateDetectionWindow(), WINDOW_MIN, WINDOW_MAX);
    limits.within("auto-delete-on-idle", options.autoDeleteOnIdle(), IDLE_MIN, null);
    limits.within("default-time-to-live", options.defaultTimeToLive(), LIFE_MIN, null);
    limits.within("max-delivery-count", options.maxDeliveryCount(), null, DELIVERIES_MAX);
    limits.within("max-message-size", options.maxMessageSize(), null, MESSAGE_MAX);
    return List.copyOf(limits.excesses);
  }

  private <T extends Comparable<T>> void within(
      String setting, @Nullable T found, @Nullable T least, @Nullable T most) {
    if (found != null
        && (least != null && found.compareTo(least) < 0
            || most != null && found.compareTo(most) > 0)) {
      excesses.add(new Excess(setting, found, least, most));
    }
  }

  /** Refuses a queue that Service Bus would refuse. */
  static void check(QueueName queue, QueueOptions options) {
    excesses(options).stream()
        .findFirst()
        .ifPresent(
            excess -> {
              throw refused(queue, excess.setting, excess.found, excess.allowed());
            });
    if (options.capacity() > 0) {
      throw new UnsupportedCapability(
          queue.value(),
          "Queue '%s' is to hold at most %d messages, but Service Bus limits a queue's size, not its messages; leave out capacity."
              .formatted(queue, options.capacity()));
    }
    checkSize(queue, options.attributes().get(QueueSettings.SIZE_IN_MEGABYTES));
    String partitioned = options.attributes().get(QueueSettings.PARTITIONED);
    options.attributes().keySet().stream()
        .filter(name -> name.startsWith("servicebus."))
        .filter(name -> !QueueSettings.ATTRIBUTES.contains(name))
        .findFirst()
        .ifPresent(
            name -> {
              throw new ConfigurationInvalid(
                  queue.value(),
                  "Queue '%s' has the attribute '%s', which nobody knows; there are %s."
                      .formatted(queue, name, String.join(" and ", QueueSettings.ATTRIBUTES)));
            });
    if (partitioned != null && !partitioned.equals("true") && !partitioned.equals("false")) {
      throw refused(queue, QueueSettings.PARTITIONED, partitioned, "true or false");
    }
  }

  private static void checkSize(QueueName queue, @Nullable String megabytes) {
    if (megabytes == null) {
      return;
    }
    boolean fits =
        megabytes.matches("[0-9]{1,6}")
            && Integer.parseInt(megabytes) >= MEGABYTES_MIN
            && Integer.parseInt(megabytes) <= MEGABYTES_MAX;
    if (!fits) {
      throw refused(
          queue,
          QueueSettings.SIZE_IN_MEGABYTES,
          "'" + megabytes + "'",
          MEGABYTES_MIN + " to " + MEGABYTES_MAX);
    }
  }

  private static ConfigurationInvalid refused(
      QueueName queue, String setting, Object found, String allowed) {
    return new ConfigurationInvalid(
        queue.value(),
        "Queue '%s' cannot be created: %s is %s, Service Bus allows %s."
            .formatted(queue, setting, found, allowed));
  }
}
