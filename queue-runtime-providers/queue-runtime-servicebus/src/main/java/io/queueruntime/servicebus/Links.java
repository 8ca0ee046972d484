package io.queueruntime.servicebus;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.CallbackThreads;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * The open links to queues and their dead letters: at most as many as the options say, the longest
 * unused is closed first, and each after it was idle for a while. Thread-safe.
 */
final class Links {

  private record Key(QueueName queue, SubQueue subQueue) {}

  private final Cache<Key, QueueLink> links;

  Links(
      ServiceBusOptions options,
      Connections connections,
      ProviderTime time,
      CallbackThreads callbacks) {
    this.links =
        new Cache<>(
            options.cachedEntities(),
            options.idleTimeout(),
            time,
            key ->
                new QueueLink(
                    key.queue, key.subQueue, connections, options.retry(), time, callbacks),
            QueueLink::isIdle,
            QueueLink::rest);
  }

  /** Makes a call on the queue's link, which is not closed for being idle meanwhile. */
  <T> CompletableFuture<T> use(
      QueueName queue, SubQueue subQueue, Function<QueueLink, CompletableFuture<T>> call) {
    try {
      return links.use(queue, new Key(queue, subQueue), call);
    } catch (QueueRuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * Closes them all, at the same time.
   *
   * @param threads closes them, which may take its time
   */
  void close(Executor threads) {
    List<CompletableFuture<Void>> closing =
        links.close().stream()
            .map(link -> CompletableFuture.runAsync(link::close, threads))
            .toList();
    closing.forEach(CompletableFuture::join);
  }
}
