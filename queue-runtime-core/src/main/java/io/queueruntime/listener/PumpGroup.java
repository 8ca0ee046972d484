package io.queueruntime.listener;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The pumps of one queue: as many as the concurrency's minimum, one more whenever none is left
 * waiting for a message, up to its maximum, and fewer again when there is nothing to do.
 *
 * <p>Thread-safe.
 */
final class PumpGroup {

  /** One loop; runs until it is time to stop. */
  interface Pump {
    void run(PumpGroup group);
  }

  private final Concurrency size;
  private final ThreadFactory threads;
  private final Pump pump;
  private final Set<Thread> alive = new LinkedHashSet<>();
  private final Set<Thread> leaving = new HashSet<>();
  private int waiting;
  private boolean stopping;

  PumpGroup(Concurrency size, ThreadFactory threads, Pump pump) {
    this.size = size;
    this.threads = threads;
    this.pump = pump;
  }

  synchronized void start() {
    while (alive.size() < size.min()) {
      startOne();
    }
  }

  private void startOne() {
    Thread thread = threads.newThread(this::runOne);
    alive.add(thread);
    waiting++;
    thread.start();
  }

  private void runOne() {
    try {
      pump.run(this);
    } finally {
      synchronized (this) {
        alive.remove(Thread.currentThread());
        if (!leaving.remove(Thread.currentThread())) {
          waiting--;
        }
        notifyAll();
      }
    }
  }

  /** The calling pump has something to work on. */
  synchronized void working() {
    waiting--;
    if (waiting == 0 && staying() < size.max() && !stopping) {
      startOne();
    }
  }

  /** The calling pump waits for something to work on. */
  synchronized void idle() {
    waiting++;
  }

  /** Whether a pump other than those at work waits for something. */
  synchronized boolean hasWaiting() {
    return waiting > 0;
  }

  /**
   * Nothing came for a while: whether the calling pump, which waits, is to end. It does not count
   * as waiting from then on: pumps whose waits end together must not all count on another to stay.
   */
  synchronized boolean leaveIfSpare() {
    if (staying() <= size.min() || waiting <= 1) {
      return false;
    }
    leaving.add(Thread.currentThread());
    waiting--;
    return true;
  }

  private int staying() {
    return alive.size() - leaving.size();
  }

  synchronized void stop() {
    stopping = true;
  }

  /** Waits for all pumps to end; false when some have not by then. */
  synchronized boolean awaitEnd(long deadlineNanos) {
    while (!alive.isEmpty()) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
      if (left <= 0) {
        return false;
      }
      try {
        wait(left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }

  synchronized int size() {
    return alive.size();
  }

  synchronized boolean isPump(Thread thread) {
    return alive.contains(thread);
  }
}
