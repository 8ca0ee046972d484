package io.queueruntime.provider;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The daemon threads of a provider on which whatever depends on its futures runs, and what little
 * it has to wait for itself: never a thread that its queues or its connection need.
 *
 * <p>A fork-join pool, because a callback that waits for another future of the provider is then
 * made up for by one more thread, up to {@value #THREADS_MAX}: with a fixed number of threads as
 * many waiting callbacks would wait for ever. There are never more tasks than answers that are
 * owed.
 *
 * <p>Waking a thread costs more than most callbacks do, so a thread that is awake takes one task
 * after the other, and has put one more in line before that would take over if it were to wait.
 *
 * <p>For adapters. Thread-safe.
 */
public final class CallbackThreads implements Executor, AutoCloseable {

  private static final int THREADS_MAX = 256;

  private final ExecutorService pool;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

  /** A thread is on its way to the tasks, or will be as soon as the pool has one. */
  private final AtomicBoolean called = new AtomicBoolean();

  private volatile boolean closed;

  /**
   * Starts no thread yet.
   *
   * @param name what the names of the threads begin with, before a dash and a number
   */
  public CallbackThreads(String name) {
    this(pool(name));
  }

  /** On the threads of that executor, which need not take anything once it was shut down. */
  CallbackThreads(ExecutorService pool) {
    this.pool = pool;
  }

  private static ForkJoinPool pool(String name) {
    int threads = Math.max(2, Runtime.getRuntime().availableProcessors());
    return new ForkJoinPool(
        threads,
        pool -> thread(pool, name),
        null,
        true,
        0,
        THREADS_MAX,
        1,
        pool -> true,
        10,
        TimeUnit.SECONDS);
  }

  private static ForkJoinWorkerThread thread(ForkJoinPool pool, String name) {
    ForkJoinWorkerThread thread = ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(pool);
    thread.setName(name + "-" + thread.getPoolIndex());
    // not the system's, which sees nothing of an application started from one nested jar
    thread.setContextClassLoader(CallbackThreads.class.getClassLoader());
    return thread;
  }

  /**
   * Runs the task on one of the threads; on the caller's once they have ended, when there is
   * nothing to hold up any more.
   */
  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    call();
  }

  /** Ends the threads once they are idle; a task that comes later is run by whoever brings it. */
  @Override
  public void close() {
    closed = true;
    endWhenIdle();
  }

  /** Not before: a task may wait for one behind it, which then needs another thread. */
  private void endWhenIdle() {
    if (tasks.isEmpty()) {
      pool.shutdown();
    }
  }

  private void call() {
    if (!called.get() && called.compareAndSet(false, true)) {
      try {
        pool.execute(this::work);
      } catch (RejectedExecutionException e) {
        work();
      }
    }
  }

  private void work() {
    called.set(false);
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      // Once they have ended, this thread runs all of them itself, one after the other.
      if (!tasks.isEmpty() && !pool.isShutdown()) {
        call();
      }
      task.run();
    }
    if (closed) {
      endWhenIdle();
    }
  }
}
