package io.queueruntime.servicebus;

import com.azure.messaging.servicebus.administration.models.CreateQueueOptions;
import com.azure.messaging.servicebus.administration.models.QueueProperties;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A queue's options as Service Bus keeps them, and back.
 *
 * <p>A message size below Service Bus's own limit has no field there: it stands in the queue's user
 * metadata, and the runtime's senders keep to it.
 *
 * <p>What Service Bus has and others do not goes by attributes: {@link #SIZE_IN_MEGABYTES} and
 * {@link #PARTITIONED}. Read back they are there only where they differ from what a queue has
 * without them; a size that is not there leaves that of an existing queue alone. Others that begin
 * with {@code servicebus.} are refused, and the rest is not kept.
 *
 * <p>Immutable and thread-safe.
 */
final class QueueSettings {

  /** Attribute: how much the queue may hold, in megabytes, of 1024 (without it) to 81920. */
  static final String SIZE_IN_MEGABYTES = "servicebus.max-size-in-megabytes";

  /** Attribute: whether the queue is spread over several brokers, {@code true} or not there. */
  static final String PARTITIONED = "servicebus.partitioned";

  static final List<String> ATTRIBUTES = List.of(SIZE_IN_MEGABYTES, PARTITIONED);

  private static final int USUAL_MEGABYTES = 1024;

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
            .setPartitioningEnabled(isPartitioned(options));
    String megabytes = options.attributes().get(SIZE_IN_MEGABYTES);
    if (megabytes != null) {
      wanted.setMaxSizeInMegabytes(Integer.parseInt(megabytes));
    }
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
    wanted
        .setForwardTo(name(options.forwardTo()))
        .setForwardDeadLetteredMessagesTo(name(options.forwardDeadLettersTo()));
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
    // One that is as wanted is left alone: not every target's name can be told here.
    if (!Objects.equals(target(found.getForwardTo()), options.forwardTo())) {
      found.setForwardTo(name(options.forwardTo()));
    }
    if (!Objects.equals(
        target(found.getForwardDeadLetteredMessagesTo()), options.forwardDeadLettersTo())) {
      found.setForwardDeadLetteredMessagesTo(name(options.forwardDeadLettersTo()));
    }
    String megabytes = options.attributes().get(SIZE_IN_MEGABYTES);
    if (megabytes != null) {
      found.setMaxSizeInMegabytes(Integer.parseInt(megabytes));
    }
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
        .withMaxMessageSize(maxMessageSize(found))
        .withForwardTo(target(found.getForwardTo()))
        .withForwardDeadLettersTo(target(found.getForwardDeadLetteredMessagesTo()))
        .withAttributes(attributes(found));
  }

  private static Map<String, String> attributes(QueueProperties found) {
    Map<String, String> attributes = new HashMap<>();
    // A partitioned queue tells the size of its 16 partitions together.
    if (found.getMaxSizeInMegabytes() != USUAL_MEGABYTES && !found.isPartitioningEnabled()) {
      attributes.put(SIZE_IN_MEGABYTES, Long.toString(found.getMaxSizeInMegabytes()));
    }
    if (found.isPartitioningEnabled()) {
      attributes.put(PARTITIONED, "true");
    }
    return attributes;
  }

  private static boolean isPartitioned(QueueOptions options) {
    return Boolean.parseBoolean(options.attributes().get(PARTITIONED));
  }

  private static @Nullable String name(@Nullable QueueName queue) {
    return queue == null ? null : queue.value();
  }

  /** A queue of this namespace, which Service Bus tells by its name or by its whole address. */
  private static @Nullable QueueName target(@Nullable String told) {
    if (told == null || told.isBlank()) {
      return null;
    }
    try {
      String path = told.contains("://") ? URI.create(told).getPath().substring(1) : told;
      return QueueName.of(path);
    } catch (IllegalArgumentException | IndexOutOfBoundsException | ValidationFailed e) {
      return null; // a name that cannot be worked with here
    }
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
    List<String> differences = new ArrayList<>(found.immutableDifferences(wanted));
    boolean said = wanted.attributes().containsKey(PARTITIONED);
    if (said && isPartitioned(found) != isPartitioned(wanted)) {
      differences.add(
          "it is %s and is configured to be %s"
              .formatted(
                  isPartitioned(found) ? "partitioned" : "not partitioned",
                  isPartitioned(wanted) ? "partitioned" : "not partitioned"));
    }
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
