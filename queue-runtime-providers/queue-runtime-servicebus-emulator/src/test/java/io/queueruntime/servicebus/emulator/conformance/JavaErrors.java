package io.queueruntime.servicebus.emulator.conformance;

import com.azure.core.amqp.exception.AmqpErrorCondition;
import com.azure.core.amqp.exception.AmqpException;
import com.azure.messaging.servicebus.ServiceBusException;
import com.azure.messaging.servicebus.ServiceBusFailureReason;
import java.util.Map;

/** What Azure's Java SDK throws, in the words of the scenarios. */
final class JavaErrors {

  private static final Map<ServiceBusFailureReason, String> REASONS =
      Map.ofEntries(
          Map.entry(ServiceBusFailureReason.MESSAGE_LOCK_LOST, "message-lock-lost"),
          Map.entry(ServiceBusFailureReason.SESSION_LOCK_LOST, "session-lock-lost"),
          Map.entry(ServiceBusFailureReason.SESSION_CANNOT_BE_LOCKED, "session-cannot-be-locked"),
          Map.entry(ServiceBusFailureReason.MESSAGE_NOT_FOUND, "message-not-found"),
          Map.entry(ServiceBusFailureReason.MESSAGING_ENTITY_NOT_FOUND, "entity-not-found"),
          Map.entry(ServiceBusFailureReason.MESSAGING_ENTITY_DISABLED, "entity-disabled"),
          Map.entry(ServiceBusFailureReason.MESSAGE_SIZE_EXCEEDED, "size-exceeded"),
          Map.entry(ServiceBusFailureReason.QUOTA_EXCEEDED, "quota-exceeded"),
          Map.entry(ServiceBusFailureReason.SERVICE_TIMEOUT, "timeout"),
          Map.entry(ServiceBusFailureReason.SERVICE_BUSY, "server-busy"),
          Map.entry(ServiceBusFailureReason.UNAUTHORIZED, "unauthorized"));

  private JavaErrors() {}

  static Outcome outcome(RuntimeException failed) {
    return Outcome.error(nameOf(failed), String.valueOf(failed));
  }

  private static String nameOf(Throwable failed) {
    if (failed instanceof ServiceBusException known) {
      String name = REASONS.get(known.getReason());
      return name != null ? name : known.getCause() == null ? "general" : nameOf(known.getCause());
    }
    if (failed instanceof AmqpException amqp) {
      return conditionOf(amqp);
    }
    if (failed instanceof UnsupportedOperationException) {
      return "not-allowed";
    }
    Throwable cause = failed.getCause();
    if (cause instanceof AmqpException
        || cause instanceof ServiceBusException
        || cause instanceof UnsupportedOperationException) {
      return nameOf(cause);
    }
    if (failed instanceof IllegalStateException
        && String.valueOf(failed.getMessage()).contains("imeout")) {
      return "timeout";
    }
    return failed.getClass().getSimpleName();
  }

  private static String conditionOf(AmqpException failed) {
    AmqpErrorCondition condition = failed.getErrorCondition();
    return condition == null ? "general" : ConditionNames.of(condition.getErrorCondition());
  }
}
