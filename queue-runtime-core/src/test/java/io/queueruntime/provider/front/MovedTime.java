package io.queueruntime.provider.front;

import io.queueruntime.provider.ProviderTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/** The machine's time, moved forward by a test, for all who take it from here. Thread-safe. */
final class MovedTime implements InstantSource {

  private final AtomicLong movedNanos = new AtomicLong();
  private final List<ProviderTime> given = new ArrayList<>();

  /** For one broker. */
  synchronized ProviderTime provider() {
    ProviderTime time =
        new ProviderTime(
            "scripted-broker-time",
            () -> System.nanoTime() + movedNanos.get(),
            this::millis,
            UnaryOperator.identity());
    given.add(time);
    return time;
  }

  synchronized void pass(Duration duration) {
    movedNanos.addAndGet(duration.toNanos());
    given.forEach(ProviderTime::jumped);
  }

  @Override
  public long millis() {
    return System.currentTimeMillis() + movedNanos.get() / 1_000_000;
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(millis());
  }
}
