package io.queueruntime.provider;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How one delivery ends. A handler's outcome becomes one of these, and one place acts on it.
 *
 * <p>Immutable.
 */
public sealed interface Settlement {

  /** The message is removed for good. */
  static Settlement complete() {
    return Complete.INSTANCE;
  }

  /** The message goes back to its own place and is delivered again at once. */
  static Settlement abandon() {
    return new Abandon(Duration.ZERO);
  }

  /**
   * The message goes back to its own place and is delivered again after {@code delay}; its session
   * waits.
   */
  static Settlement abandonAfter(Duration delay) {
    return new Abandon(delay);
  }

  /** The message moves to the dead-letter queue. */
  static Settlement deadLetter(String reason, @Nullable String description) {
    return new DeadLetter(reason, description, null);
  }

  /** The message moves to the dead-letter queue because of {@code cause}. */
  static Settlement deadLetter(String reason, @Nullable String description, Throwable cause) {
    return new DeadLetter(reason, description, cause.getClass().getName());
  }

  /** The message is set aside, to be received by its sequence number only. */
  static Settlement defer() {
    return Defer.INSTANCE;
  }

  /**
   * The message goes back to its own place as if this delivery had not been: for what was never
   * started.
   */
  static Settlement release() {
    return Release.INSTANCE;
  }

  /** See {@link Settlement#complete()}. */
  enum Complete implements Settlement {
    INSTANCE
  }

  /** See {@link Settlement#abandonAfter}. */
  record Abandon(Duration delay) implements Settlement {
    public Abandon {
      if (delay.isNegative()) {
        throw new IllegalArgumentException("A delay is not negative, found " + delay + ".");
      }
    }
  }

  /**
   * See {@link Settlement#deadLetter(String, String)}. The class name is for people to read and is
   * never loaded.
   */
  record DeadLetter(String reason, @Nullable String description, @Nullable String exceptionClass)
      implements Settlement {}

  /** See {@link Settlement#defer()}. */
  enum Defer implements Settlement {
    INSTANCE
  }

  /** See {@link Settlement#release()}. */
  enum Release implements Settlement {
    INSTANCE
  }
}
