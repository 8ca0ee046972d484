package io.queueruntime.listener;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Thrown by a handler to dead-letter its message at once. Immutable. */
public final class DeadLetterException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Reason when a body cannot be read as what the handler takes. */
  public static final String UNREADABLE = "SerializationFailed";

  /**
   * Reason when a payload was read but is not valid, or an argument of the handler could not be
   * made from it.
   */
  public static final String INVALID = "ValidationFailed";

  private final String reason;
  private final @Nullable String description;

  /** A short code and a sentence for people. */
  public DeadLetterException(String reason, @Nullable String description) {
    this(reason, description, null);
  }

  /** A short code, a sentence for people, and what led to it. */
  public DeadLetterException(
      String reason, @Nullable String description, @Nullable Throwable cause) {
    super(description == null ? reason : reason + ": " + description, cause);
    this.reason = reason;
    this.description = description;
  }

  /** A short code. */
  public String reason() {
    return reason;
  }

  /** A sentence for people. */
  public Optional<String> description() {
    return Optional.ofNullable(description);
  }
}
