package io.queueruntime.embedded;

import io.queueruntime.engine.QueueEngine;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.DeadLetterQueue;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The dead letters of one queue of the engine. Immutable and thread-safe. */
final class EmbeddedDeadLetters implements DeadLetterQueue {

  private final QueueEngine engine;
  private final QueueName queue;

  EmbeddedDeadLetters(QueueEngine engine, QueueName queue) {
    this.engine = engine;
    this.queue = queue;
  }

  @Override
  public QueueName queue() {
    return queue;
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      SequenceNumber from, int maxMessages) {
    return engine.peek(queue, SubQueue.DEAD_LETTER, null, from, maxMessages);
  }

  @Override
  public CompletableFuture<Integer> replay(
      List<SequenceNumber> sequenceNumbers, MessageEdits edits) {
    return engine.replay(queue, sequenceNumbers, edits);
  }

  @Override
  public CompletableFuture<Integer> discard(List<SequenceNumber> sequenceNumbers) {
    return engine.discard(queue, sequenceNumbers);
  }

  @Override
  public CompletableFuture<Long> purge() {
    return engine.purge(queue, SubQueue.DEAD_LETTER);
  }
}
