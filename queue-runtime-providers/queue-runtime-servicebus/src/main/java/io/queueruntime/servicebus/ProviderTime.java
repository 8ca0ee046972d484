package io.queueruntime.servicebus;

import io.queueruntime.provider.Alarms;
import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What the provider's waits go by: alarms on a ticker, and the distance between the broker's wall
 * clock as it is told and the one that callers go by. Thread-safe.
 */
final class ProviderTime implements AutoCloseable {

  private final Alarms alarms;
  private final Supplier<Duration> ahead;

  /** The machine's clocks. */
  ProviderTime() {
    this(System::nanoTime, () -> Duration.ZERO);
  }

  /**
   * For tests: clocks that are moved.
   *
   * @param ticker nanoseconds that only go forward
   * @param ahead how far callers' wall clock is ahead of what the broker tells
   */
  ProviderTime(LongSupplier ticker, Supplier<Duration> ahead) {
    this.alarms = new Alarms("queue-runtime-servicebus-time", ticker);
    this.ahead = ahead;
  }

  long nanos() {
    return alarms.nanos();
  }

  /** Callers' wall clock. */
  Instant now() {
    return fromBroker(Instant.now());
  }

  Instant fromBroker(Instant told) {
    Duration by = ahead.get();
    return by.isZero() ? told : told.plus(by);
  }

  Instant toBroker(Instant wanted) {
    Duration by = ahead.get();
    return by.isZero() ? wanted : wanted.minus(by);
  }

  /** See {@link Alarms#after}. */
  Alarms.Alarm after(Duration delay, Runnable work) {
    return alarms.after(delay, work);
  }

  /** To be called when the ticker has jumped. */
  void jumped() {
    alarms.jumped();
  }

  /** Rings nothing any more. */
  @Override
  public void close() {
    alarms.close();
  }
}
