package io.queueruntime.embedded;

import io.queueruntime.engine.QueueEngine;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.QueueSender;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Puts messages into one queue of the engine. Immutable and thread-safe. */
final class EmbeddedSender implements QueueSender {

  private final QueueEngine engine;
  private final Executor callbacks;
  private final QueueName queue;

  EmbeddedSender(QueueEngine engine, Executor callbacks, QueueName queue) {
    this.engine = engine;
    this.callbacks = callbacks;
    this.queue = queue;
  }

  @Override
  public QueueName queue() {
    return queue;
  }

  @Override
  public CompletableFuture<SendReceipt> send(OutgoingMessage message) {
    return HandedOut.of(engine.send(queue, message), callbacks);
  }

  @Override
  public CompletableFuture<List<SendReceipt>> sendAll(List<OutgoingMessage> messages) {
    return HandedOut.of(engine.send(queue, messages), callbacks);
  }

  @Override
  public CompletableFuture<Boolean> cancelScheduled(SequenceNumber sequenceNumber) {
    return HandedOut.of(engine.cancelScheduled(queue, sequenceNumber), callbacks);
  }
}
