package io.queueruntime.servicebus.emulator.entity;

import io.queueruntime.message.QueueOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A queue's properties as the engine keeps them, and back. Immutable. */
final class StoredProperties {

  private StoredProperties() {}

  static QueueOptions toEngine(EntityDescription description) {
    return QueueOptions.DEFAULTS
        .withSessions(description.requiresSession())
        .withLockDuration(description.lockDuration())
        .withMaxDeliveryCount(description.maxDeliveryCount())
        .withDefaultTimeToLive(description.defaultMessageTimeToLive().orElse(null))
        .withDeadLetterOnExpiration(description.deadLetteringOnMessageExpiration())
        .withDuplicateDetectionWindow(description.duplicateDetectionWindow().orElse(null))
        .withAutoDeleteOnIdle(description.autoDeleteOnIdle().orElse(null));
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
