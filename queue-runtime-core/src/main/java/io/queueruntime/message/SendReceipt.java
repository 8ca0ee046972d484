package io.queueruntime.message;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a sender gets back once its message is durable.
 *
 * <p>Immutable.
 */
public final class SendReceipt {

  private final String messageId;
  private final SendOutcome outcome;

  /** -1 without one. The object is made for those who ask: most senders do not. */
  private final long sequenceNumber;

  public SendReceipt(
      String messageId, SendOutcome outcome, @Nullable SequenceNumber sequenceNumber) {
    this(messageId, outcome, sequenceNumber == null ? -1 : sequenceNumber.value());
  }

  /** Of a message that has that sequence number. */
  public SendReceipt(String messageId, SendOutcome outcome, long sequenceNumber) {
    this.messageId = messageId;
    this.outcome = outcome;
    this.sequenceNumber = sequenceNumber;
  }

  /** The message's id, given by the caller or made by the runtime. */
  public String messageId() {
    return messageId;
  }

  /** What became of the message. */
  public SendOutcome outcome() {
    return outcome;
  }

  /**
   * The place the message was given; what {@code cancelScheduled} takes. Empty for a duplicate, and
   * where a broker does not tell.
   */
  public Optional<SequenceNumber> findSequenceNumber() {
    return sequenceNumber < 0 ? Optional.empty() : Optional.of(SequenceNumber.of(sequenceNumber));
  }

  /**
   * The place the message was given; what {@code cancelScheduled} takes.
   *
   * @throws IllegalStateException for a duplicate, and where a broker does not tell
   */
  public SequenceNumber sequenceNumber() {
    if (sequenceNumber < 0) {
      throw new IllegalStateException(
          "Message '" + messageId + "' has no sequence number: its outcome is " + outcome + ".");
    }
    return SequenceNumber.of(sequenceNumber);
  }

  @Override
  public String toString() {
    return "SendReceipt["
        + messageId
        + ", "
        + outcome
        + (sequenceNumber < 0 ? "" : ", " + sequenceNumber)
        + "]";
  }
}
