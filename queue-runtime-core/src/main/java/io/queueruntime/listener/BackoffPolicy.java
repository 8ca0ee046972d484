package io.queueruntime.listener;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import java.time.Duration;

/**
 * How long to wait before the next try: {@code delay} after the first failure, {@code multiplier}
 * times longer after each further one, never longer than {@code maxDelay}, and all of it shifted at
 * random by up to {@code jitter}.
 *
 * <p>Immutable.
 *
 * @param delay after the first failure; zero: at once, always
 * @param multiplier at least 1
 * @param maxDelay longest wait, jitter included
 * @param jitter 0 to 1: share of the wait that is added or taken away at most
 */
public record BackoffPolicy(Duration delay, double multiplier, Duration maxDelay, double jitter) {

  /** Longest wait that can be asked for. */
  public static final Duration LIMIT = Duration.ofDays(7);

  /** 1 s, doubled up to 5 minutes, ± 20 %. */
  public static final BackoffPolicy DEFAULTS =
      new BackoffPolicy(Duration.ofSeconds(1), 2, Duration.ofMinutes(5), 0.2);

  public BackoffPolicy {
    if (delay.isNegative() || delay.compareTo(maxDelay) > 0 || maxDelay.compareTo(LIMIT) > 0) {
      throw new ValidationFailed(
          null,
          "A back-off needs 0 <= delay <= max-delay <= %s; found delay %s and max-delay %s."
              .formatted(LIMIT, delay, maxDelay));
    }
    if (!(multiplier >= 1) || multiplier > 1_000) {
      throw new ValidationFailed(
          null, "A back-off's multiplier is from 1 to 1000, found " + multiplier + ".");
    }
    if (!(jitter >= 0 && jitter <= 1)) {
      throw new ValidationFailed(null, "A back-off's jitter is from 0 to 1, found " + jitter + ".");
    }
  }

  /**
   * The wait after a failed delivery.
   *
   * @param failures failures so far, 1 after the first
   * @param random from 0 to 1: where in the jitter's range the wait falls
   */
  public Duration after(int failures, double random) {
    double grown = delay.toNanos() * Math.pow(multiplier, Math.max(0, failures - 1));
    double capped = Math.min(grown, maxDelay.toNanos());
    double shifted = capped * (1 + jitter * (2 * random - 1));
    return Duration.ofNanos(Math.round(Math.min(shifted, maxDelay.toNanos())));
  }
}
