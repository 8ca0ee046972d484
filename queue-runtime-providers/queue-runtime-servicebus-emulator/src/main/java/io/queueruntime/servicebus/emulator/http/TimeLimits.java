package io.queueruntime.servicebus.emulator.http;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Bounds how long a task may hold its thread: when its time is over the thread is interrupted,
 * which closes the socket that it reads or writes. The JDK's HTTP server has such bounds as system
 * properties only, which are not a library's to set.
 *
 * <p>Thread-safe.
 */
final class TimeLimits implements AutoCloseable {

  private final Duration longest;
  private final ScheduledThreadPoolExecutor timer;

  TimeLimits(String threadName, Duration longest) {
    this.longest = longest;
    this.timer =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, threadName);
              thread.setDaemon(true);
              return thread;
            });
    timer.setRemoveOnCancelPolicy(true);
  }

  /** The same task, with a bound. */
  Runnable on(Runnable task) {
    return () -> {
      Running running = new Running(Thread.currentThread());
      Future<?> end = timer.schedule(running::cut, longest.toNanos(), TimeUnit.NANOSECONDS);
      try {
        task.run();
      } finally {
        running.over();
        end.cancel(false);
      }
    };
  }

  /** One task under way; an interrupt never reaches what its thread does afterwards. */
  private static final class Running {

    private final Thread thread;
    private boolean over;

    Running(Thread thread) {
      this.thread = thread;
    }

    synchronized void cut() {
      if (!over) {
        thread.interrupt();
      }
    }

    synchronized void over() {
      over = true;
      Thread.interrupted();
    }
  }

  /** Bounds nothing any more. */
  @Override
  public void close() {
    timer.shutdownNow();
  }
}
