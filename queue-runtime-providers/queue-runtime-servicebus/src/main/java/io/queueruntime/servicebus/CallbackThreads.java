package io.queueruntime.servicebus;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/**
 * The daemon threads on which whatever depends on a handed-out future runs, and the SDK's few
 * blocking calls: never the thread that owns the connection.
 *
 * <p>A fork-join pool, because a callback that waits for another future of this provider is then
 * made up for by one more thread, up to {@value #THREADS_MAX}.
 *
 * <p>Thread-safe.
 */
final class CallbackThreads implements Executor, AutoCloseable {

  private static final int THREADS_MAX = 256;

  private final ForkJoinPool pool =
      new ForkJoinPool(
          Math.max(2, Runtime.getRuntime().availableProcessors()),
          CallbackThreads::thread,
          null,
          true,
          0,
          THREADS_MAX,
          1,
          pool -> true,
          10,
          TimeUnit.SECONDS);

  private static ForkJoinWorkerThread thread(ForkJoinPool pool) {
    ForkJoinWorkerThread thread = ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(pool);
    thread.setName("queue-runtime-servicebus-" + thread.getPoolIndex());
    // not the system's, which sees nothing of an application started from one nested jar
    thread.setContextClassLoader(CallbackThreads.class.getClassLoader());
    return thread;
  }

  /** Runs the task on one of the threads; on the caller's once they have ended. */
  @Override
  public void execute(Runnable task) {
    try {
      pool.execute(task);
    } catch (RejectedExecutionException e) {
      task.run();
    }
  }

  /**
   * Starts a call of the SDK; whoever waits for its outcome is woken at once, what depends on it
   * runs on these threads.
   */
  <T> CompletableFuture<T> call(Mono<T> call) {
    return call(call, Function.identity());
  }

  /**
   * Starts a call of the SDK.
   *
   * @param failure what a failure means, told on one of these threads before anybody else hears of
   *     it
   */
  <T> CompletableFuture<T> call(
      Mono<T> call, Function<? super Throwable, ? extends Throwable> failure) {
    Answer<T> answer = new Answer<>(this);
    call.subscribe(
        answer::answer,
        error -> execute(() -> answer.completeExceptionally(failure.apply(error))),
        () -> answer.answer(null));
    return answer;
  }

  /** Takes no more tasks; those it has are still run. */
  @Override
  public void close() {
    pool.shutdown();
  }
}
