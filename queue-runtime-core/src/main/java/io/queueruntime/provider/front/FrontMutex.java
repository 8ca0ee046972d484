package io.queueruntime.provider.front;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.provider.CallbackThreads;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * The mutex that a front's state is under, and what is to be done at the broker or to be told to
 * callers: that is queued under it and done after it, in order.
 *
 * <p>Thread-safe.
 */
final class FrontMutex {

  private final CallbackThreads callbacks;
  private final Queue<Runnable> after = new ConcurrentLinkedQueue<>();
  private final ReentrantLock doing = new ReentrantLock();

  /** What callers are told is told on those threads. */
  FrontMutex(CallbackThreads callbacks) {
    this.callbacks = callbacks;
  }

  /** Does something under it, and afterwards what that has queued. */
  void locked(Runnable work) {
    synchronized (this) {
      work.run();
      notifyAll();
    }
    flush();
  }

  /** What {@link #await} waits for may be so, of which nothing is under it. */
  synchronized void changed() {
    notifyAll();
  }

  /**
   * Waits until something is so, or that time has passed; it is looked at under it, after each
   * change.
   */
  synchronized void await(BooleanSupplier condition, Duration atMost) throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    while (!condition.getAsBoolean()) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        return;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }

  /** Does what is queued, unless somebody is about it. */
  void flush() {
    while (!after.isEmpty() && doing.tryLock()) {
      try {
        for (Runnable next = after.poll(); next != null; next = after.poll()) {
          next.run();
        }
      } finally {
        doing.unlock();
      }
    }
  }

  /** Under it: something for the broker, done after it. */
  void afterwards(Runnable work) {
    after.add(work);
  }

  /** Under it: something that callers' code may run in. */
  void tell(Runnable work) {
    after.add(() -> callbacks.execute(work));
  }

  /** Under it: tells a caller that it failed. */
  void fail(CompletableFuture<?> future, QueueRuntimeException failure) {
    tell(() -> future.completeExceptionally(failure));
  }
}
