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
 * finishes before its sender is closed.
 *
 * <p>The bound is on clients, not on links: the SDK detaches the link of a sender with its
 * connection only, which ends when nothing uses it any more. Until then the broker counts one link
 * for each queue that was sent to.
 *
 * <p>Thread-safe.
 */
final class Senders {

  private final Cache<QueueName, SenderLink> links;

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
    this.links =
        new Cache<>(
            options.cachedEntities(),
            options.idleTimeout(),
            time,
            queue -> new SenderLink(queue, connections, time, callbacks, refused),
            link -> true,
            link -> link.close(callbacks));
  }

  /** Makes a call of the queue's sender; its failure is translated. */
  <T> CompletableFuture<T> use(
      QueueName queue, String attempt, Function<ServiceBusSenderAsyncClient, Mono<T>> call) {
    return with(queue, link -> link.call(attempt, sender -> call.apply(sender.client())));
  }

  /**
   * Sends one message, together with what others send to the queue at the same time.
   *
   * @param size about how many bytes it takes
   * @param whenSent what the future comes to
   */
  <T> CompletableFuture<T> send(QueueName queue, ServiceBusMessage message, long size, T whenSent) {
    return with(queue, link -> link.send(message, size, whenSent));
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
        link ->
            link.call(
                "send to", sender -> inBatches(sender.batches(), messages).thenReturn(whenSent)));
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
      QueueName queue, Function<SenderLink, CompletableFuture<T>> call) {
    try {
      return links.use(queue, queue, call);
    } catch (QueueRuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Closes the queue's sender when what is under way has ended; the next send opens another. */
  void renew(QueueName queue) {
    links.find(queue).ifPresent(SenderLink::renew);
  }

  int size() {
    return links.size();
  }

  /**
   * Takes nothing more, sends what has come, and closes all senders; what is not sent by then fails
   * with {@code Closed}. The future ends, and never fails, when all clients are closed.
   *
   * @param most until when there may be sent
   */
  CompletableFuture<Void> close(Deadline most) {
    List<SenderLink> all = links.close();
    most.await(
        CompletableFuture.allOf(
            all.stream().map(SenderLink::drain).toArray(CompletableFuture<?>[]::new)));
    // Threads of its own: others may wait for answers of a connection that is dead.
    try (CallbackThreads telling = new CallbackThreads("queue-runtime-servicebus-unsent")) {
      return CompletableFuture.allOf(
          all.stream().map(link -> link.close(telling)).toArray(CompletableFuture<?>[]::new));
    }
  }
}
