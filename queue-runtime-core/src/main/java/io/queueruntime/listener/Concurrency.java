package io.queueruntime.listener;

import io.queueruntime.QueueRuntimeException.ValidationFailed;

/**
 * How much is in work at once: between {@code min}, always ready, and {@code max}, reached under
 * load.
 *
 * <p>Immutable.
 */
public record Concurrency(int min, int max) {

  /** The most that can be asked for. */
  public static final int LIMIT = 10_000;

  public Concurrency {
    if (min < 1 || max < min || max > LIMIT) {
      throw new ValidationFailed(
          null,
          "Concurrency is a number from 1 to %d, or a range of two such as 2-16; found %d-%d."
              .formatted(LIMIT, min, max));
    }
  }

  /** Always the same. */
  public static Concurrency of(int fixed) {
    return new Concurrency(fixed, fixed);
  }

  /** Reads {@code "4"} or {@code "2-16"}. */
  public static Concurrency parse(String text) {
    String[] parts = text.trim().split("\\s*-\\s*", 3);
    try {
      if (parts.length == 1) {
        return of(Integer.parseInt(parts[0]));
      }
      if (parts.length == 2) {
        return new Concurrency(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
      }
    } catch (NumberFormatException e) {
      // falls through to the one message that shows what is right
    }
    throw new ValidationFailed(
        null,
        "Concurrency is a number from 1 to %d, or a range of two such as 2-16; found '%s'."
            .formatted(LIMIT, text));
  }

  @Override
  public String toString() {
    return min == max ? Integer.toString(min) : min + "-" + max;
  }
}
