package io.queueruntime.embedded;

import io.queueruntime.engine.QueueEngine;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Takes messages out of a queue without sessions, or out of a dead-letter queue, of the engine.
 *
 * <p>Thread-safe.
 */
final class EmbeddedReceiver implements QueueReceiver {

  private final QueueEngine engine;
  private final QueueName queue;
  private final SubQueue subQueue;
  private final Settling settling;
  private final PendingReceives pending;

  EmbeddedReceiver(QueueEngine engine, QueueName queue, SubQueue subQueue) {
    this.engine = engine;
    this.queue = queue;
    this.subQueue = subQueue;
    this.settling = new Settling(engine, queue, subQueue, null);
    this.pending = new PendingReceives(queue);
  }

  @Override
  public QueueName queue() {
    return queue;
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> receive(
      int maxMessages, Duration maxWait) {
    return pending.start(() -> engine.receive(queue, subQueue, maxMessages, maxWait));
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> receiveDeferred(
      Collection<SequenceNumber> sequenceNumbers) {
    return pending.start(() -> engine.receiveDeferred(queue, subQueue, null, sequenceNumbers));
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      SequenceNumber from, int maxMessages) {
    return pending.start(() -> engine.peek(queue, subQueue, null, from, maxMessages));
  }

  @Override
  public CompletableFuture<Void> settle(ReceivedMessage<?> message, Settlement settlement) {
    return settling.settle(message, settlement);
  }

  @Override
  public CompletableFuture<Instant> renewLock(ReceivedMessage<?> message) {
    return settling.renewLock(message);
  }

  @Override
  public void close() {
    pending.close();
  }
}
