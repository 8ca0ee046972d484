package io.queueruntime.contract;

import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.DeadLetterQueue;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The dead letters of a queue of the {@link PlainProvider}. Thread-safe. */
final class PlainDeadLetterQueue implements DeadLetterQueue {

  private final PlainProvider provider;
  private final QueueName queue;

  PlainDeadLetterQueue(PlainProvider provider, QueueName queue) {
    this.provider = provider;
    this.queue = queue;
  }

  @Override
  public QueueName queue() {
    return queue;
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      SequenceNumber from, int maxMessages) {
    return provider.now(
        queue,
        state -> {
          provider.require(Capability.PEEK, true);
          return PlainViews.seen(
              state, state.peek(SubQueue.DEAD_LETTER, Optional.empty(), from.value(), maxMessages));
        });
  }

  @Override
  public CompletableFuture<Integer> replay(
      List<SequenceNumber> sequenceNumbers, MessageEdits edits) {
    return provider.now(
        queue,
        state -> {
          provider.require(Capability.DEAD_LETTER_REPLAY, true);
          return state.deadLetters.replay(sequenceNumbers, edits);
        });
  }

  @Override
  public CompletableFuture<Integer> discard(List<SequenceNumber> sequenceNumbers) {
    return provider.now(queue, state -> state.deadLetters.discard(sequenceNumbers));
  }

  @Override
  public CompletableFuture<Long> purge() {
    return provider.now(queue, state -> state.purge(SubQueue.DEAD_LETTER));
  }
}
