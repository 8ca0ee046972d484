package io.queueruntime.listener;

import java.time.Duration;

/**
 * How many messages to take at once when the handler takes one: one while nothing is known of it,
 * more while it is so fast that all of them are done within a few milliseconds.
 *
 * <p>Confined to its pump.
 */
final class Prefetch {

  static final int MAX = 64;

  /** What is taken and not started is delivered once more when this process dies. */
  private static final int IN_SESSION_MAX = 16;

  private static final long TARGET_NANOS = Duration.ofMillis(5).toNanos();
  private static final int WEIGHT_OF_PAST = 7;

  private final int max;
  private long averageNanos = TARGET_NANOS;
  private boolean lastWentOn;

  private Prefetch(int max) {
    this.max = max;
  }

  /** For a queue without sessions. */
  static Prefetch plain() {
    return new Prefetch(MAX);
  }

  /** For one session while it is held, whose messages wait for each other. */
  static Prefetch inSession() {
    return new Prefetch(IN_SESSION_MAX);
  }

  /**
   * One call of the handler took that long.
   *
   * @param over whether it was over then, or goes on elsewhere
   */
  void observed(long nanos, boolean over) {
    lastWentOn = !over;
    long capped = Math.min(nanos, TARGET_NANOS * MAX);
    // A slow call counts at once, a fast one by and by.
    averageNanos =
        capped > averageNanos
            ? capped
            : (averageNanos * WEIGHT_OF_PAST + capped) / (WEIGHT_OF_PAST + 1);
  }

  /** Whether the last call goes on after it has left the pump. */
  boolean lastWentOn() {
    return lastWentOn;
  }

  int size() {
    return (int) Math.max(1, Math.min(max, TARGET_NANOS / Math.max(1, averageNanos)));
  }
}
