package io.queueruntime.servicebus;

import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusSenderAsyncClient;
import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.message.QueueName;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/**
 * The open senders: at most as many as the options say, the longest unused is closed first, and
 * each after it was idle for a while or has failed in a way that may be its own. A send in progress
 * finishes before its sender is closed. Thread-safe.
 */
final class Senders {

  /** One sender, and how many sends go through it now. */
  private static final class Open {
    private final ServiceBusSenderAsyncClient client;
    private final AtomicInteger underWay = new AtomicInteger();

    Open(ServiceBusSenderAsyncClient client) {
      this.client = client;
    }
  }

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
            queue -> new Open(connections.sender(queue)),
            open -> open.underWay.get() == 0,
            this::close);
  }

  private void close(Open open) {
    callbacks.execute(open.client::close);
  }

  /** Makes a call of the queue's sender; its failure is translated. */
  <T> CompletableFuture<T> use(
      QueueName queue, String attempt, Function<ServiceBusSenderAsyncClient, Mono<T>> call) {
    Open open;
    try {
      open = senders.get(queue, queue);
    } catch (QueueRuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
    open.underWay.incrementAndGet();
    Failures failures = Failures.of(queue, attempt);
    return callbacks
        .call(Mono.defer(() -> call.apply(open.client)))
        .whenComplete((value, error) -> open.underWay.decrementAndGet())
        .exceptionallyCompose(
            error -> {
              if (isOwnFault(FailureKind.of(error))) {
                forget(queue);
              }
              return CompletableFuture.failedFuture(failures.of(error));
            });
  }

  /**
   * Sends one message, as a batch of one: the SDK's own call for one message takes some that are a
   * little smaller than the link allows for sent, without sending them.
   *
   * @param size for the error when it is too large
   */
  static Mono<Boolean> one(
      ServiceBusSenderAsyncClient client, QueueName queue, ServiceBusMessage message, long size) {
    return client
        .createMessageBatch()
        .flatMap(
            batch ->
                batch.tryAddMessage(message)
                    ? client.sendMessages(batch).thenReturn(true)
                    : Mono.error(
                        new MessageTooLarge(
                            queue.value(),
                            "Cannot send to queue '%s': the message takes about %d bytes with its headers, Service Bus takes %d."
                                .formatted(queue, size, batch.getMaxSizeInBytes()),
                            size,
                            batch.getMaxSizeInBytes())));
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
