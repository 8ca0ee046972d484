package io.queueruntime.message;

import java.time.Instant;

/**
 * A queue and what it was created with. Immutable.
 *
 * @param createdAt when it was created
 */
public record QueueDescription(QueueName name, QueueOptions options, Instant createdAt) {}
