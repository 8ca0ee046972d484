package io.queueruntime.listener;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by a handler to give its message back, to be delivered again after a delay of its choice.
 * Immutable.
 */
public final class AbandonException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final Duration delay;

  /** Delivered again at once. */
  public AbandonException(String message) {
    this(message, Duration.ZERO, null);
  }

  /** Delivered again after {@code delay}. */
  public AbandonException(String message, Duration delay) {
    this(message, delay, null);
  }

  /** Delivered again after {@code delay}, because of {@code cause}. */
  public AbandonException(String message, Duration delay, @Nullable Throwable cause) {
    super(message, cause);
    if (delay.isNegative()) {
      throw new IllegalArgumentException("A delay is not negative, found " + delay + ".");
    }
    this.delay = delay;
  }

  public Duration delay() {
    return delay;
  }
}
