package io.queueruntime.store;

import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** What every store refuses before it does anything, with the same words. For stores. */
public final class StoreArguments {

  /** Longest message id, in characters; also of messages that were not sent by this runtime. */
  public static final int MAX_ID_LENGTH = 1024;

  private StoreArguments() {}

  /** The lease of a claim. */
  public static void checkClaim(QueueName queue, String messageId, Duration lease) {
    checkId(queue, messageId);
    checkDuration(queue, "The lease of a claim", lease, DuplicateWindow.MAX_WINDOW);
  }

  private static void checkId(QueueName queue, String messageId) {
    if (messageId.isEmpty() || messageId.length() > MAX_ID_LENGTH) {
      throw new ValidationFailed(
          queue.value(),
          "A message id that the state store of queue '%s' takes has 1 to %d characters, found %d."
              .formatted(queue, MAX_ID_LENGTH, messageId.length()));
    }
  }

  /** The end of a window. */
  public static void checkWindow(QueueName queue, Instant until, Instant now) {
    if (until.isAfter(now.plus(DuplicateWindow.MAX_WINDOW))) {
      throw new ValidationFailed(
          queue.value(),
          "A message id of queue '%s' is remembered for at most %s, asked for until %s."
              .formatted(queue, DuplicateWindow.MAX_WINDOW, until));
    }
  }

  /** The lease of a stored message. */
  public static void checkLease(QueueName queue, Duration lease) {
    checkDuration(queue, "The lease of a stored message", lease, StoredMessages.MAX_LEASE);
  }

  private static void checkDuration(
      QueueName queue, String what, Duration found, Duration longest) {
    if (found.isNegative() || found.isZero() || found.compareTo(longest) > 0) {
      throw new ValidationFailed(
          queue.value(),
          "%s of queue '%s' is more than zero and at most %s, found %s."
              .formatted(what, queue, longest, found));
    }
  }

  /** How many may be asked for at once. */
  public static void checkBatch(QueueName queue, int max) {
    if (max < 1 || max > StoredMessages.MAX_BATCH) {
      throw new ValidationFailed(
          queue.value(),
          "One call for stored messages of queue '%s' takes 1 to %d of them, found %d."
              .formatted(queue, StoredMessages.MAX_BATCH, max));
    }
  }

  /** How many may be named at once; none is allowed. */
  public static void checkBatch(QueueName queue, Collection<SequenceNumber> numbers) {
    if (!numbers.isEmpty()) {
      checkBatch(queue, numbers.size());
    }
  }

  /** The name of a unit. */
  public static void checkUnit(QueueName queue, String unit) {
    if (unit.isEmpty()
        || unit.length() > SessionStates.MAX_UNIT_LENGTH
        || unit.chars().anyMatch(Character::isISOControl)) {
      throw new ValidationFailed(
          queue.value(),
          "The name of a unit of queue '%s' has 1 to %d characters, none of them a control character, found %d."
              .formatted(queue, SessionStates.MAX_UNIT_LENGTH, unit.length()));
    }
  }

  /** The size of a state. */
  public static void checkState(
      QueueName queue, SessionId session, byte @Nullable [] state, StoreLimits limits) {
    if (state != null && state.length > limits.maxSessionStateSize()) {
      throw new ValidationFailed(
          queue.value(),
          "Cannot store a state of %d bytes with session '%s' of queue '%s': at most %d bytes (queue-runtime.store.max-session-state-size)."
              .formatted(state.length, session, queue, limits.maxSessionStateSize()));
    }
  }

  /** The id and the size of a message. */
  public static void checkMessage(StoredMessage message, StoreLimits limits) {
    checkId(message.queue(), message.messageId());
    int size = message.content().length;
    if (size > limits.maxMessageSize()) {
      throw new MessageTooLarge(
          message.queue().value(),
          "Cannot keep message '%s' of queue '%s' in the state store: it has %d bytes, at most %d are kept (queue-runtime.store.max-message-size)."
              .formatted(message.messageId(), message.queue(), size, limits.maxMessageSize()),
          size,
          limits.maxMessageSize());
    }
  }

  /** What a second message with a used number hears. */
  public static ValidationFailed numberTaken(StoredMessage message) {
    return new ValidationFailed(
        message.queue().value(),
        "Cannot keep message '%s' of queue '%s' under number %s: another message has it. Numbers are used once."
            .formatted(message.messageId(), message.queue(), message.number()));
  }

  /** What a holder hears whose unit another one has taken over. */
  public static SessionLockLost takenOver(Fence fence, SessionId session) {
    return new SessionLockLost(
        fence.queue().value(),
        "Cannot use the state of session '%s' of queue '%s': somebody else has taken over '%s', where the session belongs. Its new holder reads and writes it now."
            .formatted(session, fence.queue(), fence.unit()));
  }
}
