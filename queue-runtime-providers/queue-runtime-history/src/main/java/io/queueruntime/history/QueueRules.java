package io.queueruntime.history;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a queue of the history was created with. Immutable.
 *
 * @param sessions whether its messages belong to sessions
 * @param lockDuration how long a delivery or session is held unless renewed
 * @param maxDeliveryCount deliveries before a message is dead-lettered
 * @param duplicateWindow how long a message id is remembered; null: not at all
 * @param deadLetterOnExpiration whether expired messages go to the dead-letter queue
 */
public record QueueRules(
    boolean sessions,
    Duration lockDuration,
    int maxDeliveryCount,
    @Nullable Duration duplicateWindow,
    boolean deadLetterOnExpiration) {}
