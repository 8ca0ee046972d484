package io.queueruntime.servicebus.emulator.entity;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A queue's properties as the engine keeps them: those it goes by as its own options, the rest as
 * attributes under Service Bus's names. Immutable.
 *
 * @param updatedAt when they were last set
 */
record StoredProperties(EntityDescription description, Instant updatedAt) {

  /** What the engine does not go by, or does only together with another property. */
  private static final Set<EntityProperty> ATTRIBUTES =
      EnumSet.of(
          EntityProperty.MAX_SIZE_IN_MEGABYTES,
          EntityProperty.DUPLICATE_DETECTION_HISTORY_TIME_WINDOW,
          EntityProperty.ENABLE_BATCHED_OPERATIONS,
          EntityProperty.AUTHORIZATION_RULES,
          EntityProperty.STATUS,
          EntityProperty.USER_METADATA,
          EntityProperty.ENABLE_PARTITIONING,
          EntityProperty.MAX_MESSAGE_SIZE_IN_KILOBYTES);

  private static final String UPDATED_AT = "UpdatedAt";

  /** Forwarding targets are named as they were created. */
  QueueOptions toEngine() {
    Map<String, String> attributes = new HashMap<>();
    for (EntityProperty property : ATTRIBUTES) {
      if (description.isSet(property)) {
        attributes.put(property.wireName(), description.text(property).orElseThrow());
      }
    }
    attributes.put(UPDATED_AT, updatedAt.toString());
    return QueueOptions.DEFAULTS
        .withSessions(description.requiresSession())
        .withLockDuration(description.lockDuration())
        .withMaxDeliveryCount(description.maxDeliveryCount())
        .withDefaultTimeToLive(description.defaultMessageTimeToLive().orElse(null))
        .withDeadLetterOnExpiration(description.deadLetteringOnMessageExpiration())
        .withDuplicateDetectionWindow(description.duplicateDetectionWindow().orElse(null))
        .withAutoDeleteOnIdle(description.autoDeleteOnIdle().orElse(null))
        .withForwardTo(description.forwardTo().map(QueueName::of).orElse(null))
        .withForwardDeadLettersTo(
            description.forwardDeadLetteredMessagesTo().map(QueueName::of).orElse(null))
        .withAttributes(attributes);
  }

  /** What is stored with a queue, whoever created it. */
  static StoredProperties fromEngine(QueueOptions options, Instant createdAt) {
    EntityDescription description =
        EntityDescription.DEFAULTS
            .withRequiresSession(options.sessions())
            .withLockDuration(options.lockDuration())
            .withMaxDeliveryCount(options.maxDeliveryCount())
            .withDefaultMessageTimeToLive(orNever(options.defaultTimeToLive()))
            .withDeadLetteringOnMessageExpiration(options.deadLetterOnExpiration())
            .withAutoDeleteOnIdle(orNever(options.autoDeleteOnIdle()))
            .withForwardTo(orNothing(options.forwardTo()))
            .withForwardDeadLetteredMessagesTo(orNothing(options.forwardDeadLettersTo()));
    Duration window = options.duplicateDetectionWindow();
    if (window != null) {
      description = description.withDuplicateDetection(window);
    }
    for (EntityProperty property : ATTRIBUTES) {
      String stored = options.attributes().get(property.wireName());
      if (stored != null) {
        description = description.withText(property, stored);
      }
    }
    Instant updatedAt =
        Optional.ofNullable(options.attributes().get(UPDATED_AT))
            .map(Instant::parse)
            .orElse(createdAt);
    return new StoredProperties(description, updatedAt);
  }

  private static Duration orNever(@Nullable Duration limit) {
    return limit == null ? XmlDuration.NEVER : limit;
  }

  private static String orNothing(@Nullable QueueName target) {
    return target == null ? "" : target.value();
  }
}
