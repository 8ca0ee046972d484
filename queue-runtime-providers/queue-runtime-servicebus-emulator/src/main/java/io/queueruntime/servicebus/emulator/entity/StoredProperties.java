package io.queueruntime.servicebus.emulator.entity;

import io.queueruntime.message.QueueOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A queue's properties as the engine keeps them, and back. Immutable. */
final class StoredProperties {

  private StoredProperties() {}

  static QueueOptions toEngine(EntityDescription description) {
    return new QueueOptions(
        description.requiresSession(),
        description.lockDuration(),
        description.maxDeliveryCount(),
        description.defaultMessageTimeToLive().orElse(null),
        description.deadLetteringOnMessageExpiration(),
        description.duplicateDetectionWindow().orElse(null),
        description.autoDeleteOnIdle().orElse(null),
        null,
        0);
  }

  static EntityDescription fromEngine(QueueOptions options) {
    EntityDescription known =
        EntityDescription.DEFAULTS
            .withRequiresSession(options.sessions())
            .withLockDuration(options.lockDuration())
            .withMaxDeliveryCount(options.maxDeliveryCount())
            .withDefaultMessageTimeToLive(orNever(options.defaultTimeToLive()))
            .withDeadLetteringOnMessageExpiration(options.deadLetterOnExpiration())
            .withAutoDeleteOnIdle(orNever(options.autoDeleteOnIdle()));
    Duration window = options.duplicateDetectionWindow();
    return window == null ? known : known.withDuplicateDetection(window);
  }

  private static Duration orNever(@Nullable Duration limit) {
    return limit == null ? XmlDuration.NEVER : limit;
  }
}
