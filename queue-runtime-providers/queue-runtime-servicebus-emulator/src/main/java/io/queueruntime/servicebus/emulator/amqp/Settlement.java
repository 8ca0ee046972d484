package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.message.MessageEdits;
import io.queueruntime.servicebus.emulator.message.MessageLimits;
import io.queueruntime.servicebus.emulator.message.PropertyEdits;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Modified;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.jspecify.annotations.Nullable;

/**
 * What a receiver's outcome means in Service Bus. Immutable.
 *
 * @param action what becomes of the message
 * @param edits application properties that change with it
 * @param reason why it is a dead letter, if it is made one
 * @param description the same at length
 */
record Settlement(
    Action action, MessageEdits edits, @Nullable String reason, @Nullable String description) {

  /** What becomes of a message. */
  enum Action {
    COMPLETE,
    ABANDON,
    DEFER,
    DEAD_LETTER,
    RELEASE
  }

  private static final String REASON = "DeadLetterReason";
  private static final String DESCRIPTION = "DeadLetterErrorDescription";

  /**
   * The meaning of that state; null when it is no outcome.
   *
   * @throws io.queueruntime.servicebus.emulator.message.InvalidMessage when the properties to
   *     change are none
   */
  static @Nullable Settlement of(DeliveryState state, MessageLimits limits) {
    if (state instanceof Accepted) {
      return new Settlement(Action.COMPLETE, MessageEdits.NONE, null, null);
    }
    if (state instanceof Released) {
      return new Settlement(Action.RELEASE, MessageEdits.NONE, null, null);
    }
    if (state instanceof Modified modified) {
      boolean defer = Boolean.TRUE.equals(modified.getUndeliverableHere());
      return new Settlement(
          defer ? Action.DEFER : Action.ABANDON,
          PropertyEdits.of((Map<?, ?>) modified.getMessageAnnotations(), limits),
          null,
          null);
    }
    return state instanceof Rejected rejected ? deadLetter(rejected.getError(), limits) : null;
  }

  private static Settlement deadLetter(@Nullable ErrorCondition error, MessageLimits limits) {
    Map<Object, Object> properties = new LinkedHashMap<>();
    if (error != null && error.getInfo() != null) {
      // Names are strings from one client and symbols from the other.
      Map<?, ?> info = error.getInfo();
      info.forEach((name, value) -> properties.put(String.valueOf(name), value));
    }
    Object reason = properties.remove(REASON);
    Object description = properties.remove(DESCRIPTION);
    return new Settlement(
        Action.DEAD_LETTER,
        PropertyEdits.of(properties, limits),
        reason == null ? null : String.valueOf(reason),
        description == null ? null : String.valueOf(description));
  }
}
