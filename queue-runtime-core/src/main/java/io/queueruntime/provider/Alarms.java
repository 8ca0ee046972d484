package io.queueruntime.provider;

import java.time.Duration;
import java.util.PriorityQueue;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Alarms that a provider's waits go by: set on a ticker, rung one after the other on a daemon
 * thread, which the first of them starts.
 *
 * <p>What an alarm runs must not block, since all others wait for it; one that fails is logged and
 * keeps no other from ringing.
 *
 * <p>For adapters. Thread-safe.
 */
public final class Alarms implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Alarms.class);

  private static final Duration LONGEST = Duration.ofDays(36_500);

  /** A wait for a ticker that a test moves is told of it; this bounds one for which that failed. */
  private static final long LOOK_AGAIN_MILLIS = Duration.ofMinutes(1).toMillis();

  private final String threadName;
  private final LongSupplier ticker;
  private final PriorityQueue<Alarm> alarms = new PriorityQueue<>();
  private long numbers;
  private @Nullable Thread thread;
  private boolean closed;

  /**
   * Starts no thread yet.
   *
   * @param threadName what the thread is called
   * @param ticker nanoseconds that only go forward
   */
  public Alarms(String threadName, LongSupplier ticker) {
    this.threadName = threadName;
    this.ticker = ticker;
  }

  /** What the ticker shows, in nanoseconds from an origin of its own. */
  public long nanos() {
    return ticker.getAsLong();
  }

  /** Runs something once, after that time; nothing when it was cancelled or this closed before. */
  public Alarm after(Duration delay, Runnable work) {
    Duration bounded = delay.compareTo(LONGEST) > 0 ? LONGEST : delay;
    long at = nanos() + bounded.toNanos();
    synchronized (this) {
      Alarm alarm = new Alarm(at, ++numbers, work);
      if (!closed) {
        alarms.add(alarm);
        if (thread == null) {
          thread = new Thread(this::loop, threadName);
          thread.setDaemon(true);
          thread.start();
        } else if (alarms.peek() == alarm) {
          notifyAll(); // nobody waits for the others before this one
        }
      }
      return alarm;
    }
  }

  /** To be called when the ticker has jumped, as that of a test does. */
  public synchronized void jumped() {
    notifyAll();
  }

  private void loop() {
    while (true) {
      Alarm due = awaitDue();
      if (due == null) {
        return;
      }
      try {
        due.work.run();
      } catch (RuntimeException | Error e) {
        log.error("An alarm failed; the others ring on.", e);
      }
    }
  }

  private synchronized @Nullable Alarm awaitDue() {
    while (!closed) {
      Alarm first = alarms.peek();
      long left = first == null ? Long.MAX_VALUE : first.at - nanos();
      if (first != null && left <= 0) {
        return alarms.poll();
      }
      try {
        wait(Math.max(1, Math.min(left / 1_000_000, LOOK_AGAIN_MILLIS)));
      } catch (InterruptedException e) {
        return null;
      }
    }
    return null;
  }

  /** Rings nothing any more. Idempotent. */
  @Override
  public synchronized void close() {
    closed = true;
    alarms.clear();
    notifyAll();
  }

  /** Something that is to be run once. Thread-safe. */
  public final class Alarm implements Comparable<Alarm> {
    private final long at;
    private final long number;
    private final Runnable work;

    private Alarm(long at, long number, Runnable work) {
      this.at = at;
      this.number = number;
      this.work = work;
    }

    /** Keeps it from running, unless it runs already. Idempotent. */
    public void cancel() {
      synchronized (Alarms.this) {
        alarms.remove(this);
      }
    }

    @Override
    public int compareTo(Alarm other) {
      int byTime = Long.compare(at - other.at, 0);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }
}
