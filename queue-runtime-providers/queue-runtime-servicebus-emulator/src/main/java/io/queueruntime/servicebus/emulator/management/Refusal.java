package io.queueruntime.servicebus.emulator.management;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.MessageNotFound;
import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import io.queueruntime.QueueRuntimeException.QueueFull;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.QuotaExceeded;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.SessionLocked;
import io.queueruntime.QueueRuntimeException.SessionNotFound;
import io.queueruntime.QueueRuntimeException.Throttled;
import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.servicebus.emulator.message.InvalidMessage;
import java.util.Locale;
import java.util.concurrent.CompletionException;

/**
 * Why something was not done, in words that clients of Service Bus know. Immutable.
 *
 * @param text for people; of all texts clients only look at that of {@link #notFound}
 */
public record Refusal(Condition condition, String text) {

  /** A text with another wording is taken for a failure that passes, and tried again. */
  public static Refusal notFound(String entity) {
    return new Refusal(
        Condition.NOT_FOUND, "The messaging entity '%s' could not be found.".formatted(entity));
  }

  /**
   * What was done with the entity is not allowed in its present state.
   *
   * @param what e.g. {@code sending}
   */
  public static Refusal disabled(String entity, String what) {
    return new Refusal(
        Condition.ENTITY_DISABLED,
        "The messaging entity '%s' is disabled for %s; enable it to go on."
            .formatted(entity, what));
  }

  /** A message, or its session, is no longer held. */
  public static Refusal lockLost(boolean ofSession) {
    return ofSession
        ? new Refusal(
            Condition.SESSION_LOCK_LOST,
            "The session lock has expired on the session, or the message has already been removed from the queue. Accept the session again.")
        : new Refusal(
            Condition.MESSAGE_LOCK_LOST,
            "The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue.");
  }

  static Refusal argument(String text) {
    return new Refusal(Condition.ARGUMENT, text);
  }

  /**
   * That failure in a client's words.
   *
   * @param ofSession whether what was worked on belongs to a session
   */
  public static Refusal of(Throwable failure, boolean ofSession) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof Refused refused) {
      return refused.refusal();
    }
    if (cause instanceof InvalidMessage invalid) {
      return new Refusal(conditionOf(invalid), textOf(invalid));
    }
    if (cause instanceof LockLost || cause instanceof InvalidReceipt) {
      return lockLost(ofSession);
    }
    if (cause instanceof QueueNotFound missing) {
      return notFound(missing.queue().orElse("?").toLowerCase(Locale.ROOT));
    }
    if (cause instanceof QueueRuntimeException known) {
      return new Refusal(conditionOf(known), textOf(known));
    }
    return new Refusal(Condition.INTERNAL, "The server failed: " + cause + ".");
  }

  private static Condition conditionOf(InvalidMessage invalid) {
    return switch (invalid.reason()) {
      case MALFORMED -> Condition.DECODE;
      case TOO_LARGE -> Condition.MESSAGE_SIZE;
      case PROPERTIES_TOO_LARGE -> Condition.ARGUMENT;
      case BAD_ID -> Condition.OUT_OF_RANGE;
      case NO_SESSION -> Condition.NOT_ALLOWED;
    };
  }

  private static Condition conditionOf(QueueRuntimeException known) {
    if (known instanceof SessionLockLost) {
      return Condition.SESSION_LOCK_LOST;
    }
    if (known instanceof SessionLocked) {
      return Condition.SESSION_LOCKED;
    }
    if (known instanceof QueueFull || known instanceof QuotaExceeded) {
      return Condition.RESOURCE_LIMIT;
    }
    if (known instanceof MessageTooLarge) {
      return Condition.MESSAGE_SIZE;
    }
    if (known instanceof Throttled) {
      return Condition.SERVER_BUSY;
    }
    if (known instanceof OperationTimedOut) {
      return Condition.TIMEOUT;
    }
    if (known instanceof MessageNotFound) {
      return Condition.MESSAGE_NOT_FOUND;
    }
    if (known instanceof SessionNotFound) {
      return Condition.SESSION_NOT_FOUND;
    }
    if (known instanceof ValidationFailed || known instanceof UnsupportedCapability) {
      return Condition.NOT_ALLOWED;
    }
    return known instanceof ConfigurationInvalid ? Condition.ARGUMENT : Condition.INTERNAL;
  }

  private static String textOf(RuntimeException failure) {
    String text = failure.getMessage();
    return text == null ? failure.toString() : text;
  }
}
