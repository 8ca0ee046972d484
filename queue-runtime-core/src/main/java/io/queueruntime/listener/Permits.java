package io.queueruntime.listener;

import java.util.EnumMap;
import java.util.Map;

/**
 * How many calls of a handler may be in work at once, and how many settlements may be under way
 * behind them: a plain queue need not wait for one settlement to be durable before it starts the
 * next call.
 *
 * <p>Thread-safe.
 */
final class Permits {

  /** Why a permit came back. */
  enum Returned {
    /** No message came. */
    NOTHING_CAME,
    /** The handler has ended and its outcome is on its way to the broker. */
    ENDED,
    /** The message was given back without having been started. */
    NOT_STARTED
  }

  /** Settlements that may be under way beyond those in work. */
  static final int SETTLEMENTS_BEHIND = 256;

  private final int max;
  private final Map<Returned, Long> returned = new EnumMap<>(Returned.class);
  private int inWork;
  private int unsettled;
  private boolean closed;

  Permits(int max) {
    this.max = max;
  }

  /** Waits for a permit; false once they are closed. */
  synchronized boolean acquire() {
    while (!closed && !isFree()) {
      try {
        wait();
      } catch (InterruptedException e) {
        // Loops end through close() only; an interrupt is the late echo of one that was meant for a
        // handler.
        Thread.interrupted();
      }
    }
    return !closed && take();
  }

  /** A permit if there is one now. */
  synchronized boolean tryAcquire() {
    return !closed && isFree() && take();
  }

  /** How many more could be had now. */
  synchronized int free() {
    return closed ? 0 : Math.max(0, Math.min(max - inWork, max + SETTLEMENTS_BEHIND - unsettled));
  }

  private boolean isFree() {
    return inWork < max && unsettled < max + SETTLEMENTS_BEHIND;
  }

  private boolean take() {
    inWork++;
    unsettled++;
    return true;
  }

  /**
   * The work a permit stood for is over; its settlement may still be under way, unless it never
   * started.
   */
  synchronized void giveBack(Returned why) {
    inWork--;
    if (why != Returned.ENDED) {
      unsettled--;
    }
    returned.merge(why, 1L, Long::sum);
    notifyAll();
  }

  /** The settlement of work that ended is done with. */
  synchronized void settled() {
    unsettled--;
    if (unsettled == max + SETTLEMENTS_BEHIND - 1 || closed) {
      notifyAll();
    }
  }

  /** Nobody gets a permit any more. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }

  synchronized int inWork() {
    return inWork;
  }

  synchronized int unsettled() {
    return unsettled;
  }

  synchronized long returned(Returned why) {
    return returned.getOrDefault(why, 0L);
  }
}
