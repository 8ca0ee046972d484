package io.queueruntime.rabbitmq;

import io.queueruntime.provider.Alarms;
import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/** What the provider's locks and waits go by: a wall clock, and alarms on a ticker. Thread-safe. */
final class RabbitTime implements AutoCloseable {

  private final Alarms alarms;
  private final LongSupplier wallMillis;
  private final UnaryOperator<Duration> atBroker;

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
    this.alarms = new Alarms("queue-runtime-rabbitmq-time", ticker);
    this.wallMillis = wallMillis;
    this.atBroker = atBroker;
  }

  long nanos() {
    return alarms.nanos();
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
