package io.queueruntime.servicebus.emulator.management;

import org.apache.qpid.proton.amqp.Symbol;

/**
 * The error conditions that clients of Service Bus know, each with the status of a management
 * answer that carries it. Clients decide by the condition whether to try again.
 */
public enum Condition {
  /** No such entity. */
  NOT_FOUND("amqp:not-found", 404),
  NOT_ALLOWED("amqp:not-allowed", 400),
  NOT_IMPLEMENTED("amqp:not-implemented", 501),
  INTERNAL("amqp:internal-error", 500),
  DECODE("amqp:decode-error", 400),
  UNAUTHORIZED("amqp:unauthorized-access", 401),
  RESOURCE_LIMIT("amqp:resource-limit-exceeded", 403),
  MESSAGE_SIZE("amqp:link:message-size-exceeded", 413),
  TIMEOUT("com.microsoft:timeout", 408),
  SERVER_BUSY("com.microsoft:server-busy", 503),
  ENTITY_DISABLED("com.microsoft:entity-disabled", 400),
  ARGUMENT("com.microsoft:argument-error", 400),
  OUT_OF_RANGE("com.microsoft:argument-out-of-range", 400),
  MESSAGE_LOCK_LOST("com.microsoft:message-lock-lost", 410),
  SESSION_LOCK_LOST("com.microsoft:session-lock-lost", 410),
  SESSION_LOCKED("com.microsoft:session-cannot-be-locked", 409),
  MESSAGE_NOT_FOUND("com.microsoft:message-not-found", 404),
  SESSION_NOT_FOUND("com.microsoft:session-not-found", 404);

  private final String name;
  private final int status;

  Condition(String name, int status) {
    this.name = name;
    this.status = status;
  }

  /** The status of an answer with that condition; 500 when it is none of these. */
  public static int statusOf(Symbol condition) {
    for (Condition known : values()) {
      if (known.symbol().equals(condition)) {
        return known.status;
      }
    }
    return INTERNAL.status;
  }

  public Symbol symbol() {
    return Symbol.valueOf(name);
  }

  /** Status code of an answer, as in HTTP. */
  public int status() {
    return status;
  }
}
