package io.queueruntime.embedded;

import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The receives of one receiver that are still waiting, so that its close can end them empty.
 * Bounded by what its callers wait for at once.
 *
 * <p>Thread-safe.
 */
final class PendingReceives {

  private final QueueName queue;
  private final Set<CompletableFuture<List<ReceivedMessage<byte[]>>>> waiting =
      ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  PendingReceives(QueueName queue) {
    this.queue = queue;
  }

  /** Starts a receive, unless the receiver is closed. */
  CompletableFuture<List<ReceivedMessage<byte[]>>> start(
      Supplier<? extends CompletableFuture<List<ReceivedMessage<byte[]>>>> receive) {
    if (closed) {
      return closed();
    }
    CompletableFuture<List<ReceivedMessage<byte[]>>> receiving = receive.get();
    if (!receiving.isDone()) {
      waiting.add(receiving);
      receiving.whenComplete((messages, failure) -> waiting.remove(receiving));
      if (closed) { // meanwhile, and close() may not have seen this one
        receiving.complete(List.of());
      }
    }
    return receiving;
  }

  /** The answer to whatever is asked of a closed receiver. */
  <T> CompletableFuture<T> closed() {
    return CompletableFuture.failedFuture(
        new Closed(
            queue.value(),
            "Cannot receive from queue '%s': this receiver is closed.".formatted(queue)));
  }

  boolean isClosed() {
    return closed;
  }

  /** Ends what is waiting, empty; messages that were on their way are given back. Idempotent. */
  void close() {
    closed = true;
    waiting.forEach(receiving -> receiving.complete(List.of()));
  }
}
