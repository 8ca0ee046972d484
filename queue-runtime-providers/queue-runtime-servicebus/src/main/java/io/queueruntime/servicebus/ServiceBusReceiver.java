package io.queueruntime.servicebus;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * One caller's share of the {@link QueueLink} that all receivers of a queue use: closing it ends
 * its own receives only. Thread-safe.
 */
final class ServiceBusReceiver implements QueueReceiver {

  private final QueueName queue;
  private final Links links;
  private final io.queueruntime.message.SubQueue subQueue;
  private final Set<CompletableFuture<List<ReceivedMessage<byte[]>>>> waiting =
      ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  ServiceBusReceiver(QueueName queue, io.queueruntime.message.SubQueue subQueue, Links links) {
    this.queue = queue;
    this.subQueue = subQueue;
    this.links = links;
  }

  @Override
  public QueueName queue() {
    return queue;
  }

  private <T> CompletableFuture<T> with(Function<QueueLink, CompletableFuture<T>> call) {
    return links.use(queue, subQueue, call);
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> receive(
      int maxMessages, Duration maxWait) {
    Optional<ValidationFailed> refused = Receiving.check(queue, maxMessages);
    if (refused.isPresent()) {
      return CompletableFuture.failedFuture(refused.get());
    } else if (closed) {
      return Failures.closed(queue, "this receiver");
    }
    CompletableFuture<List<ReceivedMessage<byte[]>>> receive =
        with(link -> link.receive(maxMessages, Receiving.wait(maxWait)));
    if (!receive.isDone()) {
      waiting.add(receive);
      receive.whenComplete((messages, failure) -> waiting.remove(receive));
      if (closed) { // meanwhile, and close() may not have seen this one
        receive.complete(List.of());
      }
    }
    return receive;
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> receiveDeferred(
      Collection<SequenceNumber> sequenceNumbers) {
    return closed
        ? Failures.closed(queue, "this receiver")
        : with(link -> link.receiveDeferred(sequenceNumbers));
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      SequenceNumber from, int maxMessages) {
    return closed
        ? Failures.closed(queue, "this receiver")
        : with(link -> link.peek(from, maxMessages));
  }

  @Override
  public CompletableFuture<Void> settle(ReceivedMessage<?> message, Settlement settlement) {
    return with(link -> link.settle(message, settlement));
  }

  @Override
  public CompletableFuture<Instant> renewLock(ReceivedMessage<?> message) {
    return with(link -> link.renewLock(message));
  }

  @Override
  public void close() {
    closed = true;
    waiting.forEach(receive -> receive.complete(List.of()));
  }
}
