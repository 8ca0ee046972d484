package io.queueruntime.rabbitmq;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.Capability;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The fronts of all queues that were received from here. Thread-safe. */
final class Fronts {

  private final ProviderParts parts;
  private final Peeking peeking;
  private final Map<Place, Front> fronts = new ConcurrentHashMap<>();

  private record Place(QueueName queue, SubQueue subQueue) {}

  Fronts(ProviderParts parts) {
    this.parts = parts;
    this.peeking = new Peeking(parts, this);
  }

  Peeking peeking() {
    return peeking;
  }

  @Nullable Front find(QueueName queue, SubQueue subQueue) {
    return fronts.get(new Place(queue, subQueue));
  }

  /** The front of a queue; looks the queue up, and blocks for it, when it is not known. */
  Front of(QueueName queue, SubQueue subQueue) {
    parts.open(queue);
    Place place = new Place(queue, subQueue);
    Front known = fronts.get(place);
    if (known != null && parts.definitions().isFresh(queue)) {
      return known;
    }
    Definition definition = parts.definitions().of(queue);
    return fronts.computeIfAbsent(
        place, missing -> new Front(parts, definition, subQueue == SubQueue.DEAD_LETTER));
  }

  /** Does something with a front, at once where it is known; what it throws fails the future. */
  void with(QueueName queue, SubQueue subQueue, CompletableFuture<?> future, Consumer<Front> work) {
    Front known = find(queue, subQueue);
    if (known != null && parts.definitions().isFresh(queue) && !parts.connections().isClosed()) {
      run(future, () -> work.accept(known));
    } else if (parts.connections().isClosed()) {
      future.completeExceptionally(parts.closed(queue));
    } else {
      parts.callbacks().execute(() -> run(future, () -> work.accept(of(queue, subQueue))));
    }
  }

  private static void run(CompletableFuture<?> future, Runnable work) {
    try {
      work.run();
    } catch (QueueRuntimeException e) {
      future.completeExceptionally(e);
    } catch (RuntimeException e) {
      future.completeExceptionally(Failures.of(null, "use RabbitMQ", e));
    }
  }

  void forget(QueueName queue) {
    fronts.remove(new Place(queue, SubQueue.MAIN));
    fronts.remove(new Place(queue, SubQueue.DEAD_LETTER));
  }

  <T> CompletableFuture<T> unsupported(QueueName queue, Capability capability) {
    try {
      parts.open(queue);
      return CompletableFuture.failedFuture(parts.unsupported(queue, capability));
    } catch (QueueRuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  QueueRuntimeException notFromHere(QueueName queue, ReceivedMessage<?> message) {
    parts.open(queue);
    return new InvalidReceipt(
        queue.value(),
        "Message '%s' of queue '%s' cannot be settled here: nothing was received from here."
            .formatted(message.messageId(), queue));
  }

  void close() {
    fronts.forEach((place, front) -> front.close(parts.closed(place.queue())));
  }
}
