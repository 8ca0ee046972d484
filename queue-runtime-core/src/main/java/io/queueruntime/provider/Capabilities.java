package io.queueruntime.provider;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a provider can do, and its limits. Immutable.
 *
 * @param features what it can do
 * @param maxMessageSize largest message as stored, in bytes
 * @param maxBatchSize most messages in one {@code sendAll} that is not split
 * @param maxSessionStateSize largest session state, in bytes
 * @param maxLockDuration longest lock; {@code null}: no limit
 */
public record Capabilities(
    Set<Capability> features,
    long maxMessageSize,
    int maxBatchSize,
    long maxSessionStateSize,
    @Nullable Duration maxLockDuration) {

  public Capabilities {
    features = Set.copyOf(features);
  }

  public boolean has(Capability feature) {
    return features.contains(feature);
  }
}
