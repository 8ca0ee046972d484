package io.queueruntime.servicebus.emulator.conformance;

import org.apache.qpid.proton.amqp.transport.ErrorCondition;

/** An error condition that the broker sent. Immutable. */
final class RawFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String condition;

  RawFailure(String condition, String description) {
    super(condition + ": " + description);
    this.condition = condition;
  }

  static RawFailure of(ErrorCondition error) {
    return error == null || error.getCondition() == null
        ? new RawFailure("none", "no condition was given")
        : new RawFailure(error.getCondition().toString(), error.getDescription());
  }

  String condition() {
    return condition;
  }
}
