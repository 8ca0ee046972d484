package io.queueruntime.servicebus.emulator.conformance;

import java.util.HashMap;
import java.util.Map;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Modified;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;

/** What a receiver decides, as an outcome on its link and as a request. */
final class RawOutcomes {

  private static final Map<String, String> STATUSES =
      Map.of(
          "complete", "completed",
          "abandon", "abandoned",
          "defer", "defered",
          "deadletter", "suspended",
          "release", "released");

  private RawOutcomes() {}

  static DeliveryState of(Step step) {
    return switch (step.verb()) {
      case "complete" -> Accepted.getInstance();
      case "release" -> Released.getInstance();
      case "reject" -> new Rejected();
      case "deadletter" -> deadLetter(step);
      default -> modified(step);
    };
  }

  private static Modified modified(Step step) {
    Modified modified = new Modified();
    modified.setUndeliverableHere(step.verb().equals("defer"));
    Map<Symbol, Object> edits = new HashMap<>();
    JavaMessages.propertiesIn(step)
        .forEach((name, value) -> edits.put(Symbol.valueOf(name), value));
    if (!edits.isEmpty()) {
      modified.setMessageAnnotations(edits);
    }
    return modified;
  }

  private static Rejected deadLetter(Step step) {
    Map<Symbol, Object> info = new HashMap<>();
    JavaMessages.propertiesIn(step).forEach((name, value) -> info.put(Symbol.valueOf(name), value));
    if (step.options().containsKey("reason")) {
      info.put(Symbol.valueOf("DeadLetterReason"), step.options().get("reason"));
    }
    if (step.options().containsKey("description")) {
      info.put(Symbol.valueOf("DeadLetterErrorDescription"), step.options().get("description"));
    }
    ErrorCondition error = new ErrorCondition(Symbol.valueOf("com.microsoft:dead-letter"), null);
    error.setInfo(info);
    Rejected rejected = new Rejected();
    rejected.setError(error);
    return rejected;
  }

  static Map<String, Object> request(Step step) {
    Map<String, Object> body = new HashMap<>();
    body.put("disposition-status", STATUSES.get(step.verb()));
    if (step.options().containsKey("reason")) {
      body.put("deadletter-reason", step.options().get("reason"));
    }
    if (step.options().containsKey("description")) {
      body.put("deadletter-description", step.options().get("description"));
    }
    Map<String, Object> edits = JavaMessages.propertiesIn(step);
    if (!edits.isEmpty()) {
      body.put("properties-to-modify", edits);
    }
    return body;
  }
}
