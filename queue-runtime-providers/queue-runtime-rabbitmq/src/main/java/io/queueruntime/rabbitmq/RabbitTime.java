package io.queueruntime.rabbitmq;

import java.time.Duration;
import java.time.Instant;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the provider's locks and waits go by: a wall clock, and alarms on a ticker, rung on one
 * daemon thread.
 *
 * <p>Alarms must not block. Thread-safe.
 */
final class RabbitTime implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(RabbitTime.class);

  private static final Duration LONGEST = Duration.ofDays(36_500);

  private final LongSupplier ticker;
  private final LongSupplier wallMillis;
  private final UnaryOperator<Duration> atBroker;
  private final PriorityQueue<Alarm> alarms = new PriorityQueue<>();
  private final AtomicLong numbers = new AtomicLong();
  private @Nullable Thread thread;
  private boolean closed;

  /** The machine's clocks. */
  RabbitTime() {
    this(System::nanoTime, System::currentTimeMillis, UnaryOperator.identity());
  }

  /**
   * For tests: clocks that are moved.
   *
   * @param ticker nanoseconds that only go forward
   * @param wallMillis the wall clock
   * @param atBroker how long the broker is told to wait for a length of this time
   */
  RabbitTime(LongSupplier ticker, LongSupplier wallMillis, UnaryOperator<Duration> atBroker) {
    this.ticker = ticker;
    this.wallMillis = wallMillis;
    this.atBroker = atBroker;
  }

  long nanos() {
    return ticker.getAsLong();
  }

  long millis() {
    return wallMillis.getAsLong();
  }

  Instant now() {
    return Instant.ofEpochMilli(millis());
  }

  Duration atBroker(Duration duration) {
    return atBroker.apply(duration);
  }

  /** Runs something once, after that time; nothing when it was cancelled or this closed before. */
  Alarm after(Duration delay, Runnable work) {
    Duration bounded = delay.compareTo(LONGEST) > 0 ? LONGEST : delay;
    Alarm alarm = new Alarm(nanos() + bounded.toNanos(), numbers.incrementAndGet(), work);
    synchronized (this) {
      if (!closed) {
        alarms.add(alarm);
        if (thread == null) {
          thread = new Thread(this::loop, "queue-runtime-rabbitmq-time");
          thread.setDaemon(true);
          thread.start();
        } else if (alarms.peek() == alarm) {
          notifyAll(); // nobody waits for the others before this one
        }
      }
    }
    return alarm;
  }

  /** To be called when the ticker has jumped. */
  synchronized void jumped() {
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
        wait(Math.max(1, Math.min(left, Duration.ofMinutes(1).toNanos()) / 1_000_000));
      } catch (InterruptedException e) {
        return null;
      }
    }
    return null;
  }

  /** Rings nothing any more. */
  @Override
  public synchronized void close() {
    closed = true;
    alarms.clear();
    notifyAll();
  }

  /** Something that is to be run. */
  final class Alarm implements Comparable<Alarm> {
    private final long at;
    private final long number;
    private final Runnable work;

    private Alarm(long at, long number, Runnable work) {
      this.at = at;
      this.number = number;
      this.work = work;
    }

    void cancel() {
      synchronized (RabbitTime.this) {
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
