package io.queueruntime.provider;

import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Messages of one queue that were given up. Thread-safe. Receiving and settling them goes through
 * {@link QueueProvider#receiver}.
 */
public interface DeadLetterQueue {

  QueueName queue();

  /** Looks at dead letters from a sequence number on, in order, without locking. */
  CompletableFuture<List<ReceivedMessage<byte[]>>> peek(SequenceNumber from, int maxMessages);

  /**
   * Puts dead letters back into their queue, in the order of their sequence numbers: session,
   * headers and correlation kept but for the edits, delivery count 0, past duplicate detection,
   * each exactly once. Returns how many were found and moved; those locked by a receiver or gone
   * are not counted.
   */
  CompletableFuture<Integer> replay(List<SequenceNumber> sequenceNumbers, MessageEdits edits);

  /** Removes dead letters for good; returns how many were found and removed. */
  CompletableFuture<Integer> discard(List<SequenceNumber> sequenceNumbers);

  /** Removes all dead letters that no receiver has locked; returns how many. */
  CompletableFuture<Long> purge();
}
