package io.queueruntime.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What becomes of tasks that are there when the threads end. */
class CallbackThreadsEndTests {

  private final Steps pool = new Steps();
  private final CallbackThreads threads = new CallbackThreads(pool);

  /**
   * Whoever comes to them runs one after the other, not each inside the one before, which no stack
   * would have room for.
   */
  @Test
  void anyNumberOfTasksIsStillRunOnceTheThreadsAreToEnd() {
    int many = 2_000;
    AtomicInteger ran = new AtomicInteger();
    AtomicInteger deepest = new AtomicInteger();
    for (int i = 0; i < many; i++) {
      threads.execute(
          () -> {
            int depth = Thread.currentThread().getStackTrace().length;
            deepest.accumulateAndGet(depth, Math::max);
            ran.incrementAndGet();
          });
    }
    pool.shutdown();
    assertThat(ran).hasValue(0);

    pool.run();

    assertThat(ran).hasValue(many);
    assertThat(deepest.get()).as("frames on the stack of the deepest task").isLessThan(200);
  }

  /** Threads that do something when they are told to, and take nothing once they are shut down. */
  private static final class Steps extends AbstractExecutorService {
    private final Queue<Runnable> taken = new ArrayDeque<>();
    private boolean shutdown;

    void run() {
      for (Runnable each = taken.poll(); each != null; each = taken.poll()) {
        each.run();
      }
    }

    @Override
    public void execute(Runnable task) {
      if (shutdown) {
        throw new RejectedExecutionException("shut down");
      }
      taken.add(task);
    }

    @Override
    public void shutdown() {
      shutdown = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
      shutdown = true;
      return List.copyOf(taken);
    }

    @Override
    public boolean isShutdown() {
      return shutdown;
    }

    @Override
    public boolean isTerminated() {
      return shutdown && taken.isEmpty();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return isTerminated();
    }
  }
}
