package io.queueruntime.servicebus.emulator.message;

/**
 * A message that no queue takes, and why: it is not AMQP, or more than a message may be.
 *
 * <p>Immutable. The text is meant for the sender.
 */
public final class InvalidMessage extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final Reason reason;

  /** Senders are told each of these in its own words. */
  public enum Reason {
    /** The bytes are not an AMQP message. */
    MALFORMED,
    /** Larger than a message may be. */
    TOO_LARGE,
    /** Its application properties are larger than they may be. */
    PROPERTIES_TOO_LARGE,
    /** An id is too long, or of a kind that no id has. */
    BAD_ID,
    /** The queue has sessions and the message names none. */
    NO_SESSION
  }

  InvalidMessage(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  static InvalidMessage malformed(String found) {
    return new InvalidMessage(
        Reason.MALFORMED, "The message is not encoded as AMQP 1.0 says: " + found + ".");
  }

  public Reason reason() {
    return reason;
  }
}
