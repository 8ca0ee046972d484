package io.queueruntime.message;

import io.queueruntime.QueueRuntimeException.ValidationFailed;

/**
 * The name of a queue: 1 to 260 characters out of letters, digits, {@code . _ - / ~}, the first and
 * the last a letter or digit. Providers may allow less. A name never becomes a file name.
 *
 * <p>Immutable.
 */
public record QueueName(String value) implements Comparable<QueueName> {

  /** Longest name, in characters; the limit of Azure Service Bus. */
  public static final int MAX_LENGTH = 260;

  public QueueName {
    if (value.isEmpty() || value.length() > MAX_LENGTH) {
      throw new ValidationFailed(
          null,
          "A queue name has 1 to " + MAX_LENGTH + " characters, found " + value.length() + ".");
    }
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      boolean edge = i == 0 || i == value.length() - 1;
      if (!isLetterOrDigit(c) && (edge || "._-/~".indexOf(c) < 0)) {
        throw new ValidationFailed(
            null,
            "Queue name '%s' has the character U+%04X at position %d; %s."
                .formatted(
                    printable(value),
                    (int) c,
                    i,
                    edge
                        ? "the first and the last must be a letter or digit"
                        : "allowed are letters, digits and . _ - / ~"));
      }
    }
  }

  /** The queue of that name. */
  public static QueueName of(String value) {
    return new QueueName(value);
  }

  private static boolean isLetterOrDigit(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
  }

  private static String printable(String text) {
    String cut = text.length() > 60 ? text.substring(0, 60) + "…" : text;
    return cut.replaceAll("[^\\x20-\\x7e]", "?");
  }

  @Override
  public int compareTo(QueueName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
