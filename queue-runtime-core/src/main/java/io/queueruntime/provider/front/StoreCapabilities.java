package io.queueruntime.provider.front;

import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.Limits;
import io.queueruntime.provider.Support;
import io.queueruntime.store.QueueStateStore;
import org.jspecify.annotations.Nullable;

/**
 * What fronts can do with a state store that the broker cannot: said in one place, as it is done in
 * one. Thread-safe.
 */
public final class StoreCapabilities {

  private StoreCapabilities() {}

  /**
   * A broker's capabilities, with those that a state store gives it.
   *
   * @param lack what the broker does not do, in a sentence
   * @param store the one that is configured; {@code null}: none, so that they are refused
   */
  public static Capabilities add(
      Capabilities broker, String lack, @Nullable QueueStateStore store) {
    Limits limits = broker.limits();
    Capabilities limited =
        store == null
            ? broker
            : new Capabilities(
                broker.server(),
                broker.supports(),
                new Limits(
                    limits.maxMessageSize(),
                    limits.maxBatchSize(),
                    store.limits().maxSessionStateSize(),
                    limits.maxLockDuration()));
    return limited
        .with(
            Capability.DEFER,
            Support.byStore(
                store != null,
                lack,
                "At least once: a deferred message is in the store before it is acknowledged at the broker; after a crash in between it is in both, with one number and one message id. Who receives it by its number has it under a lease for the lock's length; given back, it stays deferred."))
        .with(
            Capability.SESSION_STATE,
            Support.byStore(
                store != null,
                lack,
                "The state is in the store, under a fence for each part of the queue that the broker gives to one process: who has lost the part can neither read nor write any more."));
  }
}
