package io.queueruntime.provider;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How large and how long things may be at a provider. Immutable.
 *
 * @param maxMessageSize largest message as stored, in bytes
 * @param maxBatchSize most messages in one {@code sendAll} that is not split
 * @param maxSessionStateSize largest session state, in bytes
 * @param maxLockDuration longest lock; {@code null}: no limit
 */
public record Limits(
    long maxMessageSize,
    int maxBatchSize,
    long maxSessionStateSize,
    @Nullable Duration maxLockDuration) {}
