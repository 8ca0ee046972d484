package io.queueruntime.servicebus.emulator.conformance;

import java.util.Map;

/** AMQP error conditions, in the words of the scenarios. */
final class ConditionNames {

  private static final Map<String, String> NAMES =
      Map.of(
          "amqp:not-found", "entity-not-found",
          "amqp:unauthorized-access", "unauthorized",
          "amqp:resource-limit-exceeded", "quota-exceeded",
          "amqp:link:message-size-exceeded", "size-exceeded");

  private ConditionNames() {}

  static String of(String condition) {
    String known = NAMES.get(condition);
    return known != null ? known : condition.substring(condition.lastIndexOf(':') + 1);
  }
}
