package io.queueruntime.listener;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Whether the loops of a container may take messages. They wait here while they may not, and what
 * they wait for at the broker is cancelled the moment they no longer may.
 *
 * <p>Thread-safe.
 */
final class RunState {

  private enum Phase {
    RUNNING,
    PAUSED,
    STOPPING
  }

  private Phase phase = Phase.RUNNING;
  private final Set<Future<?>> takes = new HashSet<>();

  synchronized boolean isRunning() {
    return phase == Phase.RUNNING;
  }

  synchronized boolean isPaused() {
    return phase == Phase.PAUSED;
  }

  synchronized boolean isStopping() {
    return phase == Phase.STOPPING;
  }

  void pause() {
    leave(Phase.PAUSED);
  }

  void stop() {
    leave(Phase.STOPPING);
  }

  synchronized void resume() {
    if (phase == Phase.PAUSED) {
      phase = Phase.RUNNING;
      notifyAll();
    }
  }

  private void leave(Phase next) {
    List<Future<?>> cancelled;
    synchronized (this) {
      if (phase == Phase.STOPPING) {
        return;
      }
      phase = next;
      cancelled = List.copyOf(takes);
      notifyAll();
    }
    cancelled.forEach(take -> take.cancel(true));
  }

  /** Waits while paused; false: it is time to stop. */
  synchronized boolean awaitRunning() {
    while (phase == Phase.PAUSED) {
      await(0);
    }
    return phase == Phase.RUNNING;
  }

  /** Waits while paused, no longer than {@code limit}; whether it is running now. */
  synchronized boolean awaitRunning(Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    while (phase == Phase.PAUSED) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        return false;
      }
      await(left);
    }
    return phase == Phase.RUNNING;
  }

  /** Waits that long, less when it is time to stop. */
  synchronized void rest(Duration duration) {
    long end = System.nanoTime() + duration.toNanos();
    while (phase != Phase.STOPPING) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        return;
      }
      await(left);
    }
  }

  @SuppressWarnings("WaitNotInLoop") // the callers loop
  private void await(long millis) {
    try {
      wait(millis);
    } catch (InterruptedException e) {
      // Loops end through stop() only; an interrupt is the late echo of one that was meant for a
      // handler.
      Thread.interrupted();
    }
  }

  /** Waits for something taken from the broker; null when that was cancelled. */
  <T> @Nullable T take(CompletableFuture<T> taking) throws ExecutionException {
    while (true) {
      try {
        return take(taking, Long.MAX_VALUE);
      } catch (TimeoutException e) {
        // only after 292 years
      }
    }
  }

  /** Waits for something taken from the broker; null when that was cancelled. */
  <T> @Nullable T take(CompletableFuture<T> taking, long limitNanos)
      throws ExecutionException, TimeoutException {
    if (!taking.isDone()) {
      enter(taking);
    }
    try {
      while (true) {
        try {
          return taking.get(limitNanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          // as above: not meant for us
        }
      }
    } catch (CancellationException e) {
      return null;
    } finally {
      exit(taking);
    }
  }

  private void enter(Future<?> taking) {
    boolean cancel;
    synchronized (this) {
      cancel = phase != Phase.RUNNING;
      takes.add(taking);
    }
    if (cancel) {
      taking.cancel(true);
    }
  }

  private synchronized void exit(Future<?> taking) {
    takes.remove(taking);
  }
}
