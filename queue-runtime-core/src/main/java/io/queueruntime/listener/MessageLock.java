package io.queueruntime.listener;

import java.time.Instant;

/**
 * The lock a handler works under. The container renews it; a handler that lost it has its thread
 * interrupted and should stop, since somebody else may be working on the message.
 *
 * <p>Implementations are thread-safe.
 */
public interface MessageLock {

  /** Until when the lock holds unless renewed; follows renewals. */
  Instant lockedUntil();

  /**
   * Extends the lock to its full length from now, and says until when it holds. Blocks.
   *
   * @throws io.queueruntime.QueueRuntimeException.LockLost when it ran out before
   */
  Instant renew();

  /** Whether the lock is known to be lost. */
  boolean isLost();

  /**
   * Runs {@code action} once when the lock is lost; at once if it is lost already. At most 16
   * actions are kept.
   */
  void onLost(Runnable action);
}
