package io.queueruntime.provider.front;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
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

/** Receives from a queue without sessions, or from a dead-letter queue. Thread-safe. */
final class FrontReceiver implements QueueReceiver {

  private final QueueName queue;
  private final SubQueue subQueue;
  private final Fronts fronts;
  private volatile boolean closed;

  FrontReceiver(QueueName queue, SubQueue subQueue, Fronts fronts) {
    this.queue = queue;
    this.subQueue = subQueue;
    this.fronts = fronts;
  }

  @Override
  public QueueName queue() {
    return queue;
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> receive(
      int maxMessages, Duration maxWait) {
    ReceiveWait wait = new ReceiveWait(this, maxMessages);
    if (maxMessages < 1) {
      return CompletableFuture.failedFuture(
          new ValidationFailed(
              queue.value(), "At least 1 message is received, found " + maxMessages + "."));
    }
    if (closed) {
      return CompletableFuture.failedFuture(
          new Closed(queue.value(), "The receiver of queue '%s' was closed.".formatted(queue)));
    }
    fronts.with(
        queue,
        subQueue,
        wait.future,
        front -> {
          if (front.hasSessions()) {
            throw new ValidationFailed(
                queue.value(),
                "Queue '%s' has sessions; accept one of them to receive its messages."
                    .formatted(queue));
          }
          front.handing().receive(null, wait, maxWait);
          if (closed) {
            front.handing().end(this);
          }
        });
    return wait.future;
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> receiveDeferred(
      Collection<SequenceNumber> sequenceNumbers) {
    return fronts.receiveDeferred(queue, subQueue, sequenceNumbers);
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      SequenceNumber from, int maxMessages) {
    return fronts.peek(queue, subQueue, null, from, maxMessages);
  }

  @Override
  public CompletableFuture<Void> settle(ReceivedMessage<?> message, Settlement settlement) {
    Front front = fronts.find(queue, subQueue);
    try {
      if (front == null) {
        throw fronts.notFromHere(queue, message);
      }
      return front.settling().settle(null, message, settlement);
    } catch (QueueRuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public CompletableFuture<Instant> renewLock(ReceivedMessage<?> message) {
    Front front = fronts.find(queue, subQueue);
    try {
      if (front == null) {
        throw fronts.notFromHere(queue, message);
      }
      return front.settling().renew(message);
    } catch (QueueRuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public void close() {
    closed = true;
    Front front = fronts.find(queue, subQueue);
    if (front != null) {
      front.handing().end(this);
    }
  }
}
