package io.queueruntime.template;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import java.util.Collection;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which dead letters to work on, and how.
 *
 * <p>Immutable.
 *
 * @param filter which are meant; called on the caller's thread
 * @param edits what a replay changes on their headers
 * @param limit at most so many; {@code Long.MAX_VALUE}: all
 * @param perSecond at most so many in a second, so that listeners keep up; 0: no limit
 * @param dryRun only counts
 */
public record DeadLetterRequest(
    Predicate<ReceivedMessage<byte[]>> filter,
    MessageEdits edits,
    long limit,
    double perSecond,
    boolean dryRun) {

  public DeadLetterRequest {
    if (limit < 1) {
      throw new ValidationFailed(null, "A limit is at least 1, found " + limit + ".");
    }
    if (!(perSecond >= 0)) {
      throw new ValidationFailed(
          null, "A rate is 0 (no limit) or more a second, found " + perSecond + ".");
    }
  }

  /** All that are there when the work starts. */
  public static DeadLetterRequest all() {
    return matching(message -> true);
  }

  /** Those that {@code filter} accepts. */
  public static DeadLetterRequest matching(Predicate<ReceivedMessage<byte[]>> filter) {
    return new DeadLetterRequest(filter, MessageEdits.NONE, Long.MAX_VALUE, 0, false);
  }

  /** Those with the given sequence numbers. */
  public static DeadLetterRequest of(Collection<SequenceNumber> sequenceNumbers) {
    Set<SequenceNumber> wanted = Set.copyOf(sequenceNumbers);
    return matching(message -> wanted.contains(message.sequenceNumber()));
  }

  public DeadLetterRequest withEdits(MessageEdits value) {
    return new DeadLetterRequest(filter, value, limit, perSecond, dryRun);
  }

  public DeadLetterRequest withLimit(long value) {
    return new DeadLetterRequest(filter, edits, value, perSecond, dryRun);
  }

  public DeadLetterRequest withRate(double messagesPerSecond) {
    return new DeadLetterRequest(filter, edits, limit, messagesPerSecond, dryRun);
  }

  /** Only counts, moves nothing. */
  public DeadLetterRequest asDryRun() {
    return new DeadLetterRequest(filter, edits, limit, perSecond, true);
  }
}
