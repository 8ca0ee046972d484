package io.queueruntime.fake;

import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.DeadLetterQueue;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Dead letters of a fake queue. */
record FakeDeadLetters(FakeProvider provider, QueueName queue) implements DeadLetterQueue {

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      SequenceNumber from, int maxMessages) {
    return new FakeReceiver(provider, queue, SubQueue.DEAD_LETTER).peek(from, maxMessages);
  }

  @Override
  public CompletableFuture<Integer> replay(
      List<SequenceNumber> sequenceNumbers, MessageEdits edits) {
    return provider.change(
        queue,
        (found, after) -> CompletableFuture.completedFuture(found.replay(sequenceNumbers, edits)));
  }

  @Override
  public CompletableFuture<Integer> discard(List<SequenceNumber> sequenceNumbers) {
    return provider.change(
        queue,
        (found, after) ->
            CompletableFuture.completedFuture(
                (int)
                    sequenceNumbers.stream()
                        .filter(number -> found.deadLetters.remove(number.value()) != null)
                        .count()));
  }

  @Override
  public CompletableFuture<Long> purge() {
    return provider.change(
        queue,
        (found, after) -> {
          long count = found.deadLetters.size();
          found.deadLetters.clear();
          return CompletableFuture.completedFuture(count);
        });
  }
}
