package io.queueruntime.message;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the holder of one delivery may do with it. Every method blocks until its effect is durable,
 * and can throw {@code LockLost}, {@code SessionLockLost}, {@code InvalidReceipt} and {@code
 * Closed}.
 *
 * <p>Implementations are thread-safe.
 */
public interface Receipt {

  /** Removes the message for good. */
  void complete();

  /** Gives the message back to its own place; it is delivered again after {@code delay}. */
  void abandon(Duration delay);

  /**
   * Sets the message aside; only {@code receiveDeferred} with its sequence number finds it again.
   */
  void defer();

  /** Moves the message to the dead-letter queue. */
  void deadLetter(String reason, @Nullable String description);

  /** Extends the lock to its full length from now, and says until when it holds. */
  Instant renewLock();
}
