package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.servicebus.emulator.management.Condition;
import io.queueruntime.servicebus.emulator.management.Refusal;
import java.util.Set;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;

/** What links and connections are refused with, beside what an operation is. Immutable. */
final class AmqpErrors {

  static final Symbol NOT_FOUND = Symbol.valueOf("amqp:not-found");
  static final Symbol NOT_ALLOWED = Symbol.valueOf("amqp:not-allowed");
  static final Symbol NOT_IMPLEMENTED = Symbol.valueOf("amqp:not-implemented");
  static final Symbol INTERNAL = Symbol.valueOf("amqp:internal-error");
  static final Symbol DECODE = Symbol.valueOf("amqp:decode-error");
  static final Symbol RESOURCE_LIMIT = Symbol.valueOf("amqp:resource-limit-exceeded");
  static final Symbol INVALID_FIELD = Symbol.valueOf("amqp:invalid-field");
  static final Symbol FRAMING = Symbol.valueOf("amqp:connection:framing-error");
  static final Symbol FORCED = Symbol.valueOf("amqp:connection:forced");
  static final Symbol MESSAGE_SIZE = Symbol.valueOf("amqp:link:message-size-exceeded");
  static final Symbol UNKNOWN_TRANSACTION = Symbol.valueOf("amqp:transaction:unknown-id");
  static final Symbol ROLLBACK = Symbol.valueOf("amqp:transaction:rollback");
  static final Symbol TIMEOUT = Symbol.valueOf("com.microsoft:timeout");
  static final Symbol OUT_OF_RANGE = Symbol.valueOf("com.microsoft:argument-out-of-range");
  static final Symbol SESSION_LOCKED = Symbol.valueOf("com.microsoft:session-cannot-be-locked");

  private static final Set<Symbol> MAY_PASS =
      Set.of(INTERNAL, TIMEOUT, Condition.SERVER_BUSY.symbol());

  private AmqpErrors() {}

  /** Whether clients take it for something that the next try may not meet. */
  static boolean mayPass(ErrorCondition error) {
    return MAY_PASS.contains(error.getCondition());
  }

  static ErrorCondition of(Symbol condition, String text) {
    return new ErrorCondition(condition, text);
  }

  static ErrorCondition of(Refusal refusal) {
    return of(refusal.condition().symbol(), refusal.text());
  }

  /**
   * That failure in a client's words.
   *
   * @param ofSession whether what was worked on belongs to a session
   */
  static ErrorCondition of(Throwable failure, boolean ofSession) {
    return of(Refusal.of(failure, ofSession));
  }

  static ErrorCondition notFound(String entity) {
    return of(Refusal.notFound(entity));
  }
}
