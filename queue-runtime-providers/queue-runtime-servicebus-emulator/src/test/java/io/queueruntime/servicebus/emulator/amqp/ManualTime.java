package io.queueruntime.servicebus.emulator.amqp;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Monotonic time that goes on only when told. Thread-safe. */
final class ManualTime implements LongSupplier {

  private final AtomicLong nanos = new AtomicLong(Duration.ofHours(1).toNanos());

  @Override
  public long getAsLong() {
    return nanos.get();
  }

  void advance(Duration by) {
    nanos.addAndGet(by.toNanos());
  }
}
