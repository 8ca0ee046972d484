package io.queueruntime.servicebus;

import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusSenderAsyncClient;
import io.queueruntime.QueueRuntimeException;
import io.queueruntime.message.QueueName;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/**
 * The open senders: at most as many as the options say, the longest unused is closed first, and
 * each after it was idle for a while or has failed in a way that may be its own. A send in progress
 * finishes before its sender is closed. Thread-safe.
 */
final class Senders {

  private record Open(ServiceBusSenderAsyncClient client, Gatherer gatherer) {}

  private final CallbackThreads callbacks;
  private final Cache<QueueName, Open> senders;

  Senders(
      ServiceBusOptions options,
      Connections connections,
      ProviderTime time,
      CallbackThreads callbacks) {
    this.callbacks = callbacks;
    this.senders =
        new Cache<>(
            options.cachedEntities(),
            options.idleTimeout(),
            time,
            queue -> open(queue, connections.sender(queue)),
            open -> true,
            this::close);
  }

  private Open open(QueueName queue, ServiceBusSenderAsyncClient client) {
    return new Open(client, new Gatherer(queue, client, callbacks));
  }

  private void close(Open open) {
    callbacks.execute(open.client::close);
  }

  /** Makes a call of the queue's sender; its failure is translated. */
  <T> CompletableFuture<T> use(
      QueueName queue, String attempt, Function<ServiceBusSenderAsyncClient, Mono<T>> call) {
    return with(queue, attempt, open -> callbacks.call(Mono.defer(() -> call.apply(open.client))));
  }

  /**
   * Sends one message, together with what others send to the queue at the same time.
   *
   * @param size about how many bytes it takes
   */
  CompletableFuture<Boolean> send(QueueName queue, ServiceBusMessage message, long size) {
    return with(queue, "send to", open -> open.gatherer.send(message, size));
  }

  private <T> CompletableFuture<T> with(
      QueueName queue, String attempt, Function<Open, CompletableFuture<T>> call) {
    CompletableFuture<T> called;
    try {
      called = senders.use(queue, queue, call);
    } catch (QueueRuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
    return called.exceptionallyCompose(
        error -> {
          if (isOwnFault(FailureKind.of(error))) {
            forget(queue);
          }
          return CompletableFuture.failedFuture(Failures.of(queue, attempt).of(error));
        });
  }

  private static boolean isOwnFault(FailureKind kind) {
    return kind == FailureKind.NOT_CONNECTED
        || kind == FailureKind.TIMED_OUT
        || kind == FailureKind.QUEUE_NOT_FOUND
        || kind == FailureKind.PASSING;
  }

  /** Closes the queue's sender; the next send opens another one. */
  void forget(QueueName queue) {
    senders.remove(queue).ifPresent(this::close);
  }

  int size() {
    return senders.size();
  }

  /** Closes them all, at the same time. */
  void close() {
    List<CompletableFuture<Void>> closing =
        senders.close().stream()
            .map(open -> CompletableFuture.runAsync(open.client::close))
            .toList();
    closing.forEach(CompletableFuture::join);
  }
}
