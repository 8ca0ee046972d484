package io.queueruntime.provider;

import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/**
 * What the locks and waits go by that a provider keeps itself: a wall clock, and alarms on a
 * ticker.
 *
 * <p>For adapters. Thread-safe.
 */
public final class ProviderTime implements AutoCloseable {

  private final Alarms alarms;
  private final LongSupplier wallMillis;
  private final UnaryOperator<Duration> atBroker;

  /**
   * The machine's clocks.
   *
   * @param thread what the thread is called that rings the alarms
   */
  public ProviderTime(String thread) {
    this(thread, System::nanoTime, System::currentTimeMillis, UnaryOperator.identity());
  }

  /**
   * For tests: clocks that are moved.
   *
   * @param thread what the thread is called that rings the alarms
   * @param ticker nanoseconds that only go forward
   * @param wallMillis the wall clock
   * @param atBroker how long the broker is told to wait for a length of this time
   */
  public ProviderTime(
      String thread,
      LongSupplier ticker,
      LongSupplier wallMillis,
      UnaryOperator<Duration> atBroker) {
    this.alarms = new Alarms(thread, ticker);
    this.wallMillis = wallMillis;
    this.atBroker = atBroker;
  }

  /** What the ticker shows, in nanoseconds from an origin of its own. */
  public long nanos() {
    return alarms.nanos();
  }

  /** The wall clock, in milliseconds. */
  public long millis() {
    return wallMillis.getAsLong();
  }

  /** The wall clock. */
  public Instant now() {
    return Instant.ofEpochMilli(millis());
  }

  /** How long the broker is told to wait for a length of this time. */
  public Duration atBroker(Duration duration) {
    return atBroker.apply(duration);
  }

  /** See {@link Alarms#after}. */
  public Alarms.Alarm after(Duration delay, Runnable work) {
    return alarms.after(delay, work);
  }

  /** To be called when the ticker has jumped. */
  public void jumped() {
    alarms.jumped();
  }

  /** Rings nothing any more. */
  @Override
  public void close() {
    alarms.close();
  }
}
