package io.queueruntime.servicebus;

import io.queueruntime.provider.Alarms;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** A moment up to which things are waited for. Thread-safe. */
final class Deadline {

  private final ProviderTime time;
  private final long end;

  /**
   * @param most how far away it is
   */
  Deadline(ProviderTime time, Duration most) {
    this.time = time;
    this.end = time.nanos() + most.toNanos();
  }

  /** Waits for the future, whichever way it ends; false: it has not ended in time. */
  boolean await(CompletableFuture<?> future) {
    CompletableFuture<Void> over = new CompletableFuture<>();
    Duration left = Duration.ofNanos(Math.max(0, end - time.nanos()));
    Alarms.Alarm alarm = time.after(left, () -> over.complete(null));
    CompletableFuture.anyOf(over, future.handle((value, error) -> null)).join();
    alarm.cancel();
    return future.isDone();
  }
}
