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
import java.util.concurrent.Executor;

/** The dead letters of one queue of the engine. Immutable and thread-safe. */
final class EmbeddedDeadLetters implements DeadLetterQueue {

  private final QueueEngine engine;
  private final Executor callbacks;
  private final QueueName queue;

  EmbeddedDeadLetters(QueueEngine engine, Executor callbacks, QueueName queue) {
    this.engine = engine;
    this.callbacks = callbacks;
    this.queue = queue;
  }

  @Override
  public QueueName queue() {
    return queue;
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      SequenceNumber from, int maxMessages) {
    return HandedOut.of(
        engine.peek(queue, SubQueue.DEAD_LETTER, null, from, maxMessages), callbacks);
  }

  @Override
  public CompletableFuture<Integer> replay(
      List<SequenceNumber> sequenceNumbers, MessageEdits edits) {
    return HandedOut.of(engine.replay(queue, sequenceNumbers, edits), callbacks);
  }

  @Override
  public CompletableFuture<Integer> discard(List<SequenceNumber> sequenceNumbers) {
    return HandedOut.of(engine.discard(queue, sequenceNumbers), callbacks);
  }

  @Override
  public CompletableFuture<Long> purge() {
    return HandedOut.of(engine.purge(queue, SubQueue.DEAD_LETTER), callbacks);
  }
}
