package io.queueruntime.message;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Why and from where a message came to the dead-letter queue.
 *
 * @param reason a short code, e.g. {@code MaxDeliveryCountExceeded}; at most 4 KB
 * @param description a sentence for people; at most 4 KB
 * @param source the queue the message was taken from
 * @param originalSequenceNumber its place there
 * @param deliveryCount how often it had been delivered
 * @param exceptionClass class name of what the handler threw last, for people to read; never loaded
 * @param firstFailure when a delivery first ended without being completed, where known
 * @param lastFailure when it was dead-lettered
 */
public record DeadLetterDetails(
    String reason,
    @Nullable String description,
    String source,
    SequenceNumber originalSequenceNumber,
    int deliveryCount,
    @Nullable String exceptionClass,
    @Nullable Instant firstFailure,
    Instant lastFailure) {

  /** Longest reason and longest description, in UTF-8 bytes; longer ones are cut. */
  public static final int MAX_BYTES = 4096;

  /** Reason when the last allowed delivery failed. */
  public static final String MAX_DELIVERY_COUNT_EXCEEDED = "MaxDeliveryCountExceeded";

  /** Reason when the time to live ran out. */
  public static final String TIME_TO_LIVE_EXPIRED = "TTLExpiredException";

  /** Reason when what the disk holds of a message cannot be read any more. */
  public static final String UNREADABLE_RECORD = "UnreadableRecord";

  /** Reason when a message was forwarded so often that it seems to go round in circles. */
  public static final String MAX_TRANSFER_HOP_COUNT_EXCEEDED = "MaxTransferHopCountExceeded";

  /** Reason when the queue that a message should be forwarded to does not exist. */
  public static final String FORWARD_TARGET_NOT_FOUND = "ForwardTargetNotFound";

  /** Reason when the queue that a message should be forwarded to cannot take it. */
  public static final String FORWARD_TARGET_REFUSED = "ForwardTargetRefused";

  /** Reason when a message without a session id was forwarded to a queue with sessions. */
  public static final String SESSION_ID_MISSING = "Session ID is null.";
}
