package io.queueruntime.store;

import io.queueruntime.message.QueueName;
import java.util.concurrent.CompletableFuture;

/**
 * Keeps for a provider what its broker cannot keep: the second port, below the providers.
 *
 * <p>A store belongs to one client. Two clients never see each other's entries, unless they bear
 * the same name and keep them in the same database: then they are instances that share the work, as
 * they share the broker's queues.
 *
 * <p>An operation has happened, durably, once its future completes; where the future fails, it may
 * or may not have happened, and may be repeated: every operation says what a repetition does.
 * Futures fail with a {@code QueueRuntimeException}: {@code ValidationFailed} for arguments out of
 * bounds, {@code ConnectionFailed}, {@code OperationTimedOut} or {@code Throttled} (all transient)
 * when the store cannot be reached or has too much to do, {@code StorageFailed} or {@code
 * ProviderFailed} when it fails otherwise, {@code Closed} after {@link #close()}. What depends on a
 * future may run on one of the store's threads and must not block there.
 *
 * <p>Times go by the clocks of the instances. Clocks that differ move the ends of leases and
 * windows by as much, which costs at worst a second delivery: who has a lease or a claim is decided
 * by its token, not by time.
 *
 * <p>Implementations are thread-safe.
 */
public interface QueueStateStore extends AutoCloseable {

  /** The store's name in the configuration, e.g. {@code jdbc}. */
  String name();

  /** How large entries may be. */
  StoreLimits limits();

  /** Which message ids were seen lately. */
  DuplicateWindow duplicates();

  /** The states of sessions. */
  SessionStates sessionStates();

  /**
   * Messages that were set aside until somebody asks for them by number; their {@link
   * StoredMessage#due()} is when they expire.
   */
  StoredMessages deferred();

  /**
   * Messages that are to be sent later; their {@link StoredMessage#due()} is when. An instance
   * takes what is due under a lease, sends it, and removes it.
   */
  StoredMessages scheduled();

  /**
   * Forgets everything about a queue: for when the queue itself is deleted. Works in steps of
   * bounded size, so that entries made meanwhile may or may not survive. Repeating it goes on.
   */
  CompletableFuture<Void> deleteQueue(QueueName queue);

  /**
   * Drops message ids whose window or claim is over, at most so many; completes with how many. The
   * store does this by itself now and then; what is over but still there is never seen by anybody.
   */
  CompletableFuture<Integer> removeExpired(int max);

  /** Waits for what has begun, within bounds; later calls fail with {@code Closed}. Idempotent. */
  @Override
  void close();
}
