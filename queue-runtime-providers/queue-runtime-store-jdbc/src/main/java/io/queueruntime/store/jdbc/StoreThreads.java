package io.queueruntime.store.jdbc;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.ProviderFailed;
import io.queueruntime.QueueRuntimeException.Throttled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * The threads that wait for the database, and what waits for them, up to a bound; beyond it callers
 * are told to come back. Thread-safe.
 */
final class StoreThreads {

  private static final int WAITING_MAX = 4096;
  private static final Duration RETRY_AFTER = Duration.ofMillis(200);

  private final ThreadPoolExecutor threads;

  /** Something to do, and whom to tell that it never will be. */
  private record Task<T>(Supplier<T> work, CompletableFuture<T> answer) implements Runnable {
    @Override
    public void run() {
      try {
        answer.complete(work.get());
      } catch (QueueRuntimeException e) {
        answer.completeExceptionally(e);
      } catch (RuntimeException e) {
        answer.completeExceptionally(
            new ProviderFailed(
                null, "The state store failed by a mistake of its own: " + e, false, e));
      } catch (Error e) {
        answer.completeExceptionally(e);
        throw e;
      }
    }
  }

  StoreThreads(int count, String scope) {
    AtomicInteger number = new AtomicInteger();
    this.threads =
        new ThreadPoolExecutor(
            count,
            count,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(WAITING_MAX),
            task -> {
              Thread thread =
                  new Thread(task, "queue-runtime-store-" + scope + "-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
  }

  <T> CompletableFuture<T> submit(Supplier<T> work) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    try {
      threads.execute(new Task<>(work, answer));
    } catch (RejectedExecutionException e) {
      answer.completeExceptionally(
          threads.isShutdown()
              ? closed()
              : new Throttled(
                  null,
                  "The state store has %d operations to do already; try again in a while, or raise queue-runtime.store.jdbc.threads."
                      .formatted(WAITING_MAX),
                  RETRY_AFTER,
                  e));
    }
    return answer;
  }

  /** The same, without a value. */
  @SuppressWarnings("NullAway") // null is the only Void
  CompletableFuture<Void> perform(Runnable work) {
    return submit(
        () -> {
          work.run();
          return null;
        });
  }

  /** Takes no more; what was taken is done within that time, or refused. Idempotent. */
  void close(Duration patience) {
    threads.shutdown();
    List<Runnable> never = new ArrayList<>();
    try {
      if (!threads.awaitTermination(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        never.addAll(threads.shutdownNow());
      }
    } catch (InterruptedException e) {
      never.addAll(threads.shutdownNow());
      Thread.currentThread().interrupt();
    }
    for (Runnable task : never) {
      if (task instanceof Task<?> asked) {
        asked.answer().completeExceptionally(closed());
      }
    }
  }

  private static Closed closed() {
    return new Closed(null, "The state store is closed.");
  }
}
