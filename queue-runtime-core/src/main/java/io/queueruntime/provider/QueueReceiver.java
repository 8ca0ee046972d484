package io.queueruntime.provider;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Takes messages out of one queue under a lock.
 *
 * <p>Thread-safe. Messages are settled through the receiver they came from.
 */
public interface QueueReceiver extends AutoCloseable {

  QueueName queue();

  /**
   * Locks and returns what is ready, up to {@code maxMessages}, as soon as there is at least one;
   * an empty list when nothing came within {@code maxWait}. Zero looks once. Cancelling the future
   * gives back what would have come, uncounted.
   */
  CompletableFuture<List<ReceivedMessage<byte[]>>> receive(int maxMessages, Duration maxWait);

  /** Locks and returns deferred messages; those not found, or not deferred, are left out. */
  CompletableFuture<List<ReceivedMessage<byte[]>>> receiveDeferred(
      Collection<SequenceNumber> sequenceNumbers);

  /** Looks at messages from a sequence number on, in order, without locking or counting. */
  CompletableFuture<List<ReceivedMessage<byte[]>>> peek(SequenceNumber from, int maxMessages);

  /**
   * Ends the delivery; the future completes once that is durable.
   *
   * <p>Fails with {@code LockLost} or {@code SessionLockLost} (nothing changed, the message is
   * delivered again), {@code InvalidReceipt} (settled before, or not from here).
   */
  CompletableFuture<Void> settle(ReceivedMessage<?> message, Settlement settlement);

  /** Extends the message's lock to its full length from now; fails as {@link #settle} does. */
  CompletableFuture<Instant> renewLock(ReceivedMessage<?> message);

  /**
   * Ends pending receives, which complete empty. What was received stays locked and can still be
   * settled. Idempotent.
   */
  @Override
  void close();
}
