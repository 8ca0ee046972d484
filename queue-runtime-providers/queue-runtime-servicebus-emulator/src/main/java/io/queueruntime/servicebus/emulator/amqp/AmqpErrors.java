package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.QueueRuntimeException;
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
import io.queueruntime.QueueRuntimeException.Throttled;
import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.servicebus.emulator.message.InvalidMessage;
import java.util.concurrent.CompletionException;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;

/**
 * The error conditions clients of Service Bus know, and which failure is told as which. Clients
 * decide by the condition whether to try again; of the texts only that of a missing entity matters
 * to them. Immutable.
 */
final class AmqpErrors {

  static final Symbol NOT_FOUND = Symbol.valueOf("amqp:not-found");
  static final Symbol NOT_ALLOWED = Symbol.valueOf("amqp:not-allowed");
  static final Symbol NOT_IMPLEMENTED = Symbol.valueOf("amqp:not-implemented");
  static final Symbol INTERNAL = Symbol.valueOf("amqp:internal-error");
  static final Symbol DECODE = Symbol.valueOf("amqp:decode-error");
  static final Symbol UNAUTHORIZED = Symbol.valueOf("amqp:unauthorized-access");
  static final Symbol RESOURCE_LIMIT = Symbol.valueOf("amqp:resource-limit-exceeded");
  static final Symbol INVALID_FIELD = Symbol.valueOf("amqp:invalid-field");
  static final Symbol FRAMING = Symbol.valueOf("amqp:connection:framing-error");
  static final Symbol FORCED = Symbol.valueOf("amqp:connection:forced");
  static final Symbol MESSAGE_SIZE = Symbol.valueOf("amqp:link:message-size-exceeded");
  static final Symbol UNKNOWN_TRANSACTION = Symbol.valueOf("amqp:transaction:unknown-id");
  static final Symbol ROLLBACK = Symbol.valueOf("amqp:transaction:rollback");
  static final Symbol TIMEOUT = Symbol.valueOf("com.microsoft:timeout");
  static final Symbol SERVER_BUSY = Symbol.valueOf("com.microsoft:server-busy");
  static final Symbol ENTITY_DISABLED = Symbol.valueOf("com.microsoft:entity-disabled");
  static final Symbol ARGUMENT = Symbol.valueOf("com.microsoft:argument-error");
  static final Symbol OUT_OF_RANGE = Symbol.valueOf("com.microsoft:argument-out-of-range");
  static final Symbol MESSAGE_LOCK_LOST = Symbol.valueOf("com.microsoft:message-lock-lost");
  static final Symbol SESSION_LOCK_LOST = Symbol.valueOf("com.microsoft:session-lock-lost");
  static final Symbol SESSION_LOCKED = Symbol.valueOf("com.microsoft:session-cannot-be-locked");
  static final Symbol MESSAGE_NOT_FOUND = Symbol.valueOf("com.microsoft:message-not-found");

  private AmqpErrors() {}

  static ErrorCondition of(Symbol condition, String text) {
    return new ErrorCondition(condition, text);
  }

  /** The text must stay: clients take another one for a failure that passes. */
  static ErrorCondition notFound(String entity) {
    return of(NOT_FOUND, "The messaging entity '%s' could not be found.".formatted(entity));
  }

  static ErrorCondition disabled(String entity, String forWhat) {
    return of(
        ENTITY_DISABLED,
        "Entity '%s' is disabled for %s; enable it to go on.".formatted(entity, forWhat));
  }

  /**
   * That failure in a client's words.
   *
   * @param ofSession whether what was settled belongs to a session
   */
  static ErrorCondition of(Throwable failure, boolean ofSession) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof InvalidMessage invalid) {
      return of(conditionOf(invalid), textOf(invalid));
    }
    if (cause instanceof LockLost || cause instanceof InvalidReceipt) {
      return lockLost(ofSession);
    }
    if (cause instanceof QueueNotFound missing) {
      return notFound(missing.queue().orElse("?"));
    }
    if (cause instanceof QueueRuntimeException known) {
      return of(conditionOf(known), textOf(known));
    }
    return of(INTERNAL, "The server failed: " + cause + ".");
  }

  static ErrorCondition lockLost(boolean ofSession) {
    return ofSession
        ? of(
            SESSION_LOCK_LOST,
            "The session lock has expired on the session, or the message has already been settled. Accept the session again.")
        : of(
            MESSAGE_LOCK_LOST,
            "The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue.");
  }

  private static Symbol conditionOf(InvalidMessage invalid) {
    return switch (invalid.reason()) {
      case MALFORMED -> DECODE;
      case TOO_LARGE -> MESSAGE_SIZE;
      case PROPERTIES_TOO_LARGE -> ARGUMENT;
      case BAD_ID -> OUT_OF_RANGE;
      case NO_SESSION -> NOT_ALLOWED;
    };
  }

  private static Symbol conditionOf(QueueRuntimeException known) {
    if (known instanceof SessionLockLost) {
      return SESSION_LOCK_LOST;
    }
    if (known instanceof SessionLocked) {
      return SESSION_LOCKED;
    }
    if (known instanceof QueueFull || known instanceof QuotaExceeded) {
      return RESOURCE_LIMIT;
    }
    if (known instanceof MessageTooLarge) {
      return MESSAGE_SIZE;
    }
    if (known instanceof Throttled) {
      return SERVER_BUSY;
    }
    if (known instanceof OperationTimedOut) {
      return TIMEOUT;
    }
    if (known instanceof MessageNotFound) {
      return MESSAGE_NOT_FOUND;
    }
    if (known instanceof ValidationFailed || known instanceof UnsupportedCapability) {
      return NOT_ALLOWED;
    }
    return INTERNAL;
  }

  private static String textOf(RuntimeException failure) {
    String text = failure.getMessage();
    return text == null ? failure.toString() : text;
  }
}
