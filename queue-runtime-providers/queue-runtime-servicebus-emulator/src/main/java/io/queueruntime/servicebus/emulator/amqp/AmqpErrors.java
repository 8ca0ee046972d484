package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.servicebus.emulator.management.Condition;
import io.queueruntime.servicebus.emulator.management.Refusal;
import java.util.Set;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;

/** What links and connections are refused with, beside what an operation is. Immutable. */
final class AmqpErrors {

  static final Symbol NOT_FOUND = Condition.NOT_FOUND.symbol();
  static final Symbol NOT_ALLOWED = Condition.NOT_ALLOWED.symbol();
  static final Symbol NOT_IMPLEMENTED = Condition.NOT_IMPLEMENTED.symbol();
  static final Symbol UNAUTHORIZED = Condition.UNAUTHORIZED.symbol();
  static final Symbol INTERNAL = Condition.INTERNAL.symbol();
  static final Symbol DECODE = Condition.DECODE.symbol();
  static final Symbol RESOURCE_LIMIT = Condition.RESOURCE_LIMIT.symbol();
  static final Symbol INVALID_FIELD = Symbol.valueOf("amqp:invalid-field");
  static final Symbol FRAMING = Symbol.valueOf("amqp:connection:framing-error");
  static final Symbol FORCED = Symbol.valueOf("amqp:connection:forced");
  static final Symbol MESSAGE_SIZE = Condition.MESSAGE_SIZE.symbol();
  static final Symbol TRANSFER_LIMIT = Symbol.valueOf("amqp:link:transfer-limit-exceeded");
  static final Symbol UNKNOWN_TRANSACTION = Symbol.valueOf("amqp:transaction:unknown-id");
  static final Symbol ROLLBACK = Symbol.valueOf("amqp:transaction:rollback");
  static final Symbol TIMEOUT = Condition.TIMEOUT.symbol();
  static final Symbol OUT_OF_RANGE = Condition.OUT_OF_RANGE.symbol();
  static final Symbol SESSION_LOCKED = Condition.SESSION_LOCKED.symbol();

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
