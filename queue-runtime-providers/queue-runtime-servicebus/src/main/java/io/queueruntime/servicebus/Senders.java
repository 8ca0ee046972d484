package io.queueruntime.servicebus;

import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusSenderAsyncClient;
import io.queueruntime.QueueRuntimeException;
import io.queueruntime.message.QueueName;
import io.queueruntime.provider.CallbackThreads;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/**
 * The open senders: at most as many as the options say, the longest unused is closed first, and
 * each after it was idle for a while or has failed in a way that may be its own. A send in progress
 * finishes before its sender is closed. Thread-safe.
 */
final class Senders {

  private record Open(ServiceBusSenderAsyncClient client, Batches batches, Gatherer gatherer) {}

  private final CallbackThreads callbacks;
  private final Consumer<QueueName> refused;
  private final Cache<QueueName, Open> senders;

  /**
   * @param refused told of a queue that does not take what it is sent, so that what is known of it
   *     may be out of date
   */
  Senders(
      ServiceBusOptions options,
      Connections connections,
      ProviderTime time,
      CallbackThreads callbacks,
      Consumer<QueueName> refused) {
    this.callbacks = callbacks;
    this.refused = refused;
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
    Batches batches = new Batches(queue, client);
    Gatherer gatherer =
        new Gatherer(queue, batches, callbacks, error -> failure(queue, "send to", error));
    return new Open(client, batches, gatherer);
  }

  private void close(Open open) {
    callbacks.execute(open.client::close);
  }

  /** Makes a call of the queue's sender; its failure is translated. */
  <T> CompletableFuture<T> use(
      QueueName queue, String attempt, Function<ServiceBusSenderAsyncClient, Mono<T>> call) {
    return with(
        queue,
        open ->
            Answer.of(
                callbacks,
                Mono.defer(() -> call.apply(open.client)),
                error -> failure(queue, attempt, error)));
  }

  /**
   * Sends one message, together with what others send to the queue at the same time.
   *
   * @param size about how many bytes it takes
   * @param whenSent what the future comes to
   */
  <T> CompletableFuture<T> send(QueueName queue, ServiceBusMessage message, long size, T whenSent) {
    return with(queue, open -> open.gatherer.send(message, size, whenSent));
  }

  /**
   * Sends many in their order, in as few batches as the SDK's own measure allows, one after the
   * other: the first that fails is the last.
   *
   * @param whenSent what the future comes to
   */
  <T> CompletableFuture<T> sendAll(QueueName queue, List<Outgoing> messages, T whenSent) {
    return with(
        queue,
        open ->
            Answer.of(
                callbacks,
                inBatches(open.batches, messages).thenReturn(whenSent),
                error -> failure(queue, "send to", error)));
  }

  private static Mono<Void> inBatches(Batches batches, List<Outgoing> messages) {
    return Mono.defer(() -> batches.filled(messages, Outgoing::wire))
        .flatMap(
            batch -> {
              if (batch.isEmpty()) {
                return Mono.error(batches.tooLarge(messages.get(0).size(), batch));
              }
              Mono<Void> sent = batches.send(batch);
              return batch.count() == messages.size()
                  ? sent
                  : sent.then(inBatches(batches, messages.subList(batch.count(), messages.size())));
            });
  }

  private <T> CompletableFuture<T> with(
      QueueName queue, Function<Open, CompletableFuture<T>> call) {
    try {
      return senders.use(queue, queue, call);
    } catch (QueueRuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** What a failure means for the caller; draws the consequences for the sender first. */
  private QueueRuntimeException failure(QueueName queue, String attempt, Throwable error) {
    if (isOwnFault(FailureKind.of(error))) {
      forget(queue);
    }
    QueueRuntimeException failure = Failures.of(queue, attempt).of(error);
    if (!failure.isTransient()) {
      refused.accept(queue);
    }
    return failure;
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
