package io.queueruntime.listener;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * The clocks and the fixed waits of a listener; tests shorten them.
 *
 * <p>Immutable.
 *
 * @param ticker nanoseconds from an arbitrary start on, never negative, never backwards
 * @param clock wall clock, for the age of messages only
 * @param random from 0 to 1, for jitter
 * @param receiveWait longest time one receive waits for a message; no more than a heartbeat
 * @param zombieGrace how long a timed-out handler may take to end before its message is given back
 *     without it
 * @param interruptGrace the same for a handler that a stop has interrupted
 * @param stall how long received messages may wait behind a slow handler before they are given back
 * @param rejectedRest how long a pump rests after the executor for handlers took no more work
 * @param settleLimit longest time one settlement is waited for, retries included
 */
record Timings(
    LongSupplier ticker,
    InstantSource clock,
    DoubleSupplier random,
    Duration receiveWait,
    Duration zombieGrace,
    Duration interruptGrace,
    Duration stall,
    Duration rejectedRest,
    Duration settleLimit) {

  private static final long ORIGIN = System.nanoTime();

  static final Timings DEFAULTS =
      new Timings(
          () -> System.nanoTime() - ORIGIN,
          InstantSource.system(),
          () -> ThreadLocalRandom.current().nextDouble(),
          Duration.ofSeconds(60),
          Duration.ofSeconds(2),
          Duration.ofSeconds(2),
          Duration.ofMillis(200),
          Duration.ofMillis(100),
          Duration.ofSeconds(30));

  long now() {
    return ticker.getAsLong();
  }
}
