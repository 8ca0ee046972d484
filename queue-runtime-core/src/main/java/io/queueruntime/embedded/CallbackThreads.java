package io.queueruntime.embedded;

import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * The daemon threads on which whatever depends on a handed-out future runs.
 *
 * <p>A fork-join pool, because a callback that waits for another future of this provider is then
 * made up for by one more thread, up to {@value #THREADS_MAX}: with a fixed number of threads as
 * many waiting callbacks would wait for ever. There are never more tasks than answers the engine
 * owes.
 *
 * <p>Thread-safe.
 */
final class CallbackThreads implements Executor, AutoCloseable {

  private static final int THREADS_MAX = 256;

  private final ForkJoinPool pool;

  CallbackThreads() {
    int threads = Math.max(2, Runtime.getRuntime().availableProcessors());
    this.pool =
        new ForkJoinPool(
            threads,
            CallbackThreads::thread,
            null,
            true,
            0,
            THREADS_MAX,
            1,
            pool -> true,
            10,
            TimeUnit.SECONDS);
  }

  private static ForkJoinWorkerThread thread(ForkJoinPool pool) {
    ForkJoinWorkerThread thread = ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(pool);
    thread.setName("queue-runtime-callback-" + thread.getPoolIndex());
    // not the system's, which sees nothing of an application started from one nested jar
    thread.setContextClassLoader(CallbackThreads.class.getClassLoader());
    return thread;
  }

  /**
   * Runs the task on one of the threads; on the caller's once they have ended, when there is no
   * engine to hold up.
   */
  @Override
  public void execute(Runnable task) {
    try {
      pool.execute(task);
    } catch (RejectedExecutionException e) {
      task.run();
    }
  }

  /** Takes no more tasks; those it has are still run. */
  @Override
  public void close() {
    pool.shutdown();
  }
}
