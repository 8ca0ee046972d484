package io.queueruntime.servicebus;

import com.azure.messaging.servicebus.administration.models.CreateQueueOptions;
import com.azure.messaging.servicebus.administration.models.QueueProperties;
import io.queueruntime.message.QueueOptions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A queue's options as Service Bus keeps them, and back.
 *
 * <p>A message size below Service Bus's own limit has no field there: it stands in the queue's user
 * metadata, and the runtime's senders keep to it. Immutable and thread-safe.
 */
final class QueueSettings {

  private static final Duration FOR_EVER = Duration.ofDays(36_500);
  private static final long KILOBYTE = 1024;

  /** From here on Service Bus has a setting for it, on its Premium tier. */
  private static final long OWN_SIZE_FROM = 1024 * KILOBYTE;

  private static final Pattern SIZE =
      Pattern.compile("queue-runtime max-message-size=(\\d{1,18});");

  private QueueSettings() {}

  static CreateQueueOptions forCreation(QueueOptions options) {
    CreateQueueOptions wanted =
        new CreateQueueOptions()
            .setSessionRequired(options.sessions())
            .setLockDuration(options.lockDuration())
            .setMaxDeliveryCount(options.maxDeliveryCount())
            .setDeadLetteringOnMessageExpiration(options.deadLetterOnExpiration())
            .setPartitioningEnabled(false);
    if (options.defaultTimeToLive() != null) {
      wanted.setDefaultMessageTimeToLive(options.defaultTimeToLive());
    }
    if (options.autoDeleteOnIdle() != null) {
      wanted.setAutoDeleteOnIdle(options.autoDeleteOnIdle());
    }
    if (options.duplicateDetectionWindow() != null) {
      wanted
          .setDuplicateDetectionRequired(true)
          .setDuplicateDetectionHistoryTimeWindow(options.duplicateDetectionWindow());
    }
    if (options.forwardTo() != null) {
      wanted.setForwardTo(options.forwardTo().value());
    }
    if (options.forwardDeadLettersTo() != null) {
      wanted.setForwardDeadLetteredMessagesTo(options.forwardDeadLettersTo().value());
    }
    Long largest = options.maxMessageSize();
    if (isOwnSize(largest)) {
      wanted.setMaxMessageSizeInKilobytes(Objects.requireNonNull(largest) / KILOBYTE);
    } else if (largest != null) {
      wanted.setUserMetadata(metadata("", largest));
    }
    return wanted;
  }

  /** Changes what can be changed; see {@link #immutableDifferences}. */
  static QueueProperties changed(QueueProperties found, QueueOptions options) {
    found
        .setLockDuration(options.lockDuration())
        .setMaxDeliveryCount(options.maxDeliveryCount())
        .setDeadLetteringOnMessageExpiration(options.deadLetterOnExpiration())
        .setDefaultMessageTimeToLive(orForEver(options.defaultTimeToLive()))
        .setAutoDeleteOnIdle(orForEver(options.autoDeleteOnIdle()));
    if (options.duplicateDetectionWindow() != null) {
      found.setDuplicateDetectionHistoryTimeWindow(options.duplicateDetectionWindow());
    }
    Long largest = options.maxMessageSize();
    if (isOwnSize(largest)) {
      found.setMaxMessageSizeInKilobytes(Objects.requireNonNull(largest) / KILOBYTE);
    }
    String metadata = found.getUserMetadata() == null ? "" : found.getUserMetadata();
    String wanted = metadata(metadata, isOwnSize(largest) ? null : largest);
    if (!wanted.equals(metadata)) {
      found.setUserMetadata(wanted);
    }
    return found;
  }

  private static Duration orForEver(@Nullable Duration duration) {
    return duration == null ? Duration.parse("P10675199DT2H48M5.4775807S") : duration;
  }

  private static boolean isOwnSize(@Nullable Long largest) {
    return largest != null && largest >= OWN_SIZE_FROM && largest % KILOBYTE == 0;
  }

  private static String metadata(String found, @Nullable Long largest) {
    String others = SIZE.matcher(found).replaceAll("").strip();
    return largest == null ? others : others + "queue-runtime max-message-size=" + largest + ";";
  }

  static QueueOptions read(QueueProperties found) {
    return QueueOptions.DEFAULTS
        .withSessions(found.isSessionRequired())
        .withLockDuration(found.getLockDuration())
        .withMaxDeliveryCount(found.getMaxDeliveryCount())
        .withDefaultTimeToLive(limited(found.getDefaultMessageTimeToLive()))
        .withDeadLetterOnExpiration(found.isDeadLetteringOnMessageExpiration())
        .withDuplicateDetectionWindow(
            found.isDuplicateDetectionRequired()
                ? limited(found.getDuplicateDetectionHistoryTimeWindow())
                : null)
        .withAutoDeleteOnIdle(limited(found.getAutoDeleteOnIdle()))
        .withMaxMessageSize(maxMessageSize(found));
  }

  private static @Nullable Duration limited(@Nullable Duration duration) {
    return duration == null || duration.isZero() || duration.compareTo(FOR_EVER) > 0
        ? null
        : duration;
  }

  private static @Nullable Long maxMessageSize(QueueProperties found) {
    String metadata = found.getUserMetadata();
    if (metadata != null) {
      Matcher size = SIZE.matcher(metadata);
      if (size.find()) {
        return Math.max(1, Long.parseLong(size.group(1)));
      }
    }
    long kilobytes = found.getMaxMessageSizeInKilobytes();
    return kilobytes * KILOBYTE >= OWN_SIZE_FROM ? kilobytes * KILOBYTE : null;
  }

  /** What Service Bus cannot change on an existing queue, one sentence each. */
  static List<String> immutableDifferences(QueueOptions found, QueueOptions wanted) {
    List<String> differences = new java.util.ArrayList<>(found.immutableDifferences(wanted));
    boolean detects = found.duplicateDetectionWindow() != null;
    if (detects != (wanted.duplicateDetectionWindow() != null)) {
      differences.add(
          "duplicates are %s on the existing queue and %s in the configuration"
              .formatted(
                  detects ? "detected" : "not detected", detects ? "not detected" : "detected"));
    }
    return differences;
  }
}
