package io.queueruntime.listener;

import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.message.ReceivedMessage;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Who settles which message of a delivery: each by itself where the handler does so, the rest all
 * at once by whoever closes the claims.
 *
 * <p>Thread-safe.
 */
final class ItemClaims {

  private final int size;
  private CompletableFuture<?> @Nullable [] alone;
  private int claimedAlone;
  private boolean closed;

  ItemClaims(int size) {
    this.size = size;
  }

  /** Claims everything not claimed yet; false when somebody has done so before. */
  synchronized boolean close() {
    if (closed) {
      return false;
    }
    closed = true;
    return true;
  }

  synchronized boolean isClosed() {
    return closed;
  }

  /**
   * Claims one message, whose settlement {@code future} stands for; false when it is claimed
   * already.
   */
  synchronized boolean claim(int index, CompletableFuture<?> future) {
    if (closed) {
      return false;
    }
    if (alone == null) {
      alone = new CompletableFuture<?>[size];
    }
    if (alone[index] != null) {
      return false;
    }
    alone[index] = future;
    claimedAlone++;
    return true;
  }

  /** The settlement of a message that was claimed by itself; null for the others. */
  synchronized @Nullable CompletableFuture<?> claimedAlone(int index) {
    return alone == null ? null : alone[index];
  }

  synchronized boolean allClaimedAlone() {
    return claimedAlone == size;
  }

  /** All settlements; only once all were claimed by themselves. */
  synchronized CompletableFuture<?>[] claimedAlone() {
    if (alone == null || claimedAlone < size) {
      throw new IllegalStateException("Not all messages were claimed by themselves.");
    }
    return alone.clone();
  }

  /** What whoever comes too late is told. */
  static InvalidReceipt alreadyEnded(ReceivedMessage<?> message) {
    return new InvalidReceipt(
        message.queue().value(),
        "Cannot settle message '%s' of queue '%s': this delivery of it has ended already (it was settled, took too long, lost its lock, or the listener was stopped)."
            .formatted(message.messageId(), message.queue()));
  }
}
