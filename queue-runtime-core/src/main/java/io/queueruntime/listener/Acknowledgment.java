package io.queueruntime.listener;

import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Settles a delivery by hand, once.
 *
 * <p>The futures complete when the settlement is durable. They fail with {@code InvalidReceipt}
 * when the delivery has been settled before, has timed out, or was given back, and with {@code
 * LockLost} or {@code SessionLockLost} when its lock ran out. A failed future may be ignored: the
 * container logs it.
 *
 * <p>Implementations are thread-safe.
 */
public interface Acknowledgment {

  /** Ends the delivery that way. */
  CompletableFuture<Void> settle(Settlement settlement);

  /** Whether the delivery has been ended, in whichever way. */
  boolean isSettled();

  /** The message is removed for good. */
  default CompletableFuture<Void> complete() {
    return settle(Settlement.complete());
  }

  /** The message goes back to its own place and is delivered again at once. */
  default CompletableFuture<Void> abandon() {
    return settle(Settlement.abandon());
  }

  /** The message goes back to its own place and is delivered again after {@code delay}. */
  default CompletableFuture<Void> abandon(Duration delay) {
    return settle(Settlement.abandonAfter(delay));
  }

  /** The message moves to the dead-letter queue. */
  default CompletableFuture<Void> deadLetter(String reason, @Nullable String description) {
    return settle(Settlement.deadLetter(reason, description));
  }

  /** The message is set aside, to be received by its sequence number only. */
  default CompletableFuture<Void> defer() {
    return settle(Settlement.defer());
  }
}
