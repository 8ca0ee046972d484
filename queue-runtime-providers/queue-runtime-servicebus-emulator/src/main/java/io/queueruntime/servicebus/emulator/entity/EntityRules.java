package io.queueruntime.servicebus.emulator.entity;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.servicebus.emulator.entity.EntityException.Kind;
import io.queueruntime.servicebus.emulator.entity.EntityLimits.QueueBounds;
import java.time.Duration;
import java.util.List;

/** What Service Bus refuses in a queue's name and properties. Immutable. */
final class EntityRules {

  /** What is said once, at creation. */
  static final List<EntityProperty> FIXED =
      List.of(
          EntityProperty.REQUIRES_SESSION,
          EntityProperty.REQUIRES_DUPLICATE_DETECTION,
          EntityProperty.ENABLE_PARTITIONING);

  private final QueueBounds bounds;

  EntityRules(QueueBounds bounds) {
    this.bounds = bounds;
  }

  QueueName name(String path) {
    if (path.length() > bounds.maxPathLength()) {
      throw new EntityException(
          Kind.INVALID,
          "The entity path '%s…' has %d characters; allowed are 1 to %d."
              .formatted(path.substring(0, 60), path.length(), bounds.maxPathLength()));
    }
    if (path.contains("//")) {
      throw new EntityException(
          Kind.INVALID, "The entity path '%s' has an empty part between slashes.".formatted(path));
    }
    try {
      return QueueName.of(path);
    } catch (ValidationFailed refused) {
      throw new EntityException(Kind.INVALID, String.valueOf(refused.getMessage()), refused);
    }
  }

  void check(QueueName queue, EntityDescription wanted) {
    within(
        wanted,
        EntityProperty.LOCK_DURATION,
        bounds.minLockDuration(),
        bounds.maxLockDuration(),
        false);
    within(
        wanted,
        EntityProperty.DUPLICATE_DETECTION_HISTORY_TIME_WINDOW,
        bounds.minDuplicateWindow(),
        bounds.maxDuplicateWindow(),
        false);
    within(
        wanted,
        EntityProperty.DEFAULT_MESSAGE_TIME_TO_LIVE,
        bounds.minTimeToLive(),
        XmlDuration.NEVER,
        true);
    within(
        wanted,
        EntityProperty.AUTO_DELETE_ON_IDLE,
        bounds.minAutoDeleteOnIdle(),
        XmlDuration.NEVER,
        true);
    within(wanted, EntityProperty.MAX_DELIVERY_COUNT, 1, bounds.maxDeliveryCount());
    within(
        wanted,
        EntityProperty.MAX_SIZE_IN_MEGABYTES,
        bounds.minSizeMegabytes(),
        bounds.maxSizeMegabytes());
    within(wanted, EntityProperty.MAX_MESSAGE_SIZE_IN_KILOBYTES, 1, bounds.maxMessageKilobytes());
    String metadata = wanted.text(EntityProperty.USER_METADATA).orElse("");
    if (metadata.length() > bounds.maxUserMetadataLength()) {
      throw EntityException.invalid(
          EntityProperty.USER_METADATA,
          metadata,
          "a text of at most %d characters, found %d"
              .formatted(bounds.maxUserMetadataLength(), metadata.length()));
    }
    if (wanted.requiresSession() && wanted.forwardTo().isPresent()) {
      throw EntityException.invalid(
          EntityProperty.FORWARD_TO,
          wanted.get(EntityProperty.FORWARD_TO),
          "nothing on a queue with RequiresSession");
    }
    for (EntityProperty forward :
        List.of(EntityProperty.FORWARD_TO, EntityProperty.FORWARD_DEAD_LETTERED_MESSAGES_TO)) {
      String target = wanted.text(forward).orElse("");
      if (target.equalsIgnoreCase(queue.value())) {
        throw EntityException.invalid(forward, target, "another queue, not the queue itself");
      }
    }
  }

  void checkChange(EntityDescription existing, EntityDescription wanted) {
    for (EntityProperty fixed : FIXED) {
      if (!existing.get(fixed).equals(wanted.get(fixed))) {
        throw EntityException.unchangeable(fixed, existing.get(fixed), wanted.get(fixed));
      }
    }
  }

  private static void within(
      EntityDescription wanted, EntityProperty property, int least, int most) {
    int found = (Integer) wanted.get(property);
    if (found < least || found > most) {
      throw EntityException.invalid(property, found, least + " to " + most);
    }
  }

  private static void within(
      EntityDescription wanted,
      EntityProperty property,
      Duration least,
      Duration most,
      boolean forever) {
    Duration found = (Duration) wanted.get(property);
    if (found.compareTo(least) < 0 || found.compareTo(most) > 0) {
      throw EntityException.invalid(
          property,
          XmlDuration.format(found),
          forever
              ? XmlDuration.format(least) + " or more"
              : XmlDuration.format(least) + " to " + XmlDuration.format(most));
    }
  }
}
