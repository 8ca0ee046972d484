package io.queueruntime.embedded;

import io.queueruntime.engine.QueueEngine;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.QueueSender;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Puts messages into one queue of the engine. Immutable and thread-safe. */
final class EmbeddedSender implements QueueSender {

  private final QueueEngine engine;
  private final QueueName queue;

  EmbeddedSender(QueueEngine engine, QueueName queue) {
    this.engine = engine;
    this.queue = queue;
  }

  @Override
  public QueueName queue() {
    return queue;
  }

  @Override
  public CompletableFuture<SendReceipt> send(OutgoingMessage message) {
    return engine.send(queue, message);
  }

  @Override
  public CompletableFuture<List<SendReceipt>> sendAll(List<OutgoingMessage> messages) {
    return engine.send(queue, messages);
  }

  @Override
  public CompletableFuture<Boolean> cancelScheduled(SequenceNumber sequenceNumber) {
    return engine.cancelScheduled(queue, sequenceNumber);
  }
}
