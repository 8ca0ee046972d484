package io.queueruntime.message;

import io.queueruntime.QueueRuntimeException.ValidationFailed;

/**
 * The id of a session: an ordered group of messages with one holder at a time. 1 to 128 characters,
 * none of them a control character.
 *
 * <p>Immutable.
 */
public record SessionId(String value) implements Comparable<SessionId> {

  /** Longest id, in characters; the limit of Azure Service Bus. */
  public static final int MAX_LENGTH = 128;

  public SessionId {
    if (value.isEmpty() || value.length() > MAX_LENGTH) {
      throw new ValidationFailed(
          null,
          "A session id has 1 to " + MAX_LENGTH + " characters, found " + value.length() + ".");
    }
    for (int i = 0; i < value.length(); i++) {
      if (Character.isISOControl(value.charAt(i))) {
        throw new ValidationFailed(
            null,
            "A session id has no control characters, found U+%04X at position %d."
                .formatted((int) value.charAt(i), i));
      }
    }
  }

  /** The session of that id. */
  public static SessionId of(String value) {
    return new SessionId(value);
  }

  @Override
  public int compareTo(SessionId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
