package io.queueruntime.servicebus.emulator.management;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.engine.SessionHold;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One request: what it is about, what it carries, and what who asks holds. Immutable. */
record Request(Target target, RequestBody body, HeldSessions held) {

  private static final String SESSION_ID = "session-id";
  private static final String SEQUENCE_NUMBERS = "sequence-numbers";

  /** The session that the request names; null when it names none. */
  @Nullable SessionId session() {
    String id = body.text(SESSION_ID);
    return id == null || id.isEmpty() ? null : sessionId(id);
  }

  /** The hold on the session that the request must name; refused when it is not held. */
  SessionHold hold() {
    SessionId id = sessionId(body.requireText(SESSION_ID));
    Optional<SessionHold> hold = held.find(id);
    return hold.orElseThrow(() -> new Refused(Refusal.lockLost(true)));
  }

  /** The sequence numbers that the request must name; those no message can have are left out. */
  List<SequenceNumber> sequenceNumbers() {
    List<SequenceNumber> numbers = new ArrayList<>();
    for (long number : body.numbers(SEQUENCE_NUMBERS)) {
      if (number >= 0) {
        numbers.add(SequenceNumber.of(number));
      }
    }
    return numbers;
  }

  private static SessionId sessionId(String id) {
    try {
      return SessionId.of(id);
    } catch (ValidationFailed refused) {
      throw new Refused(Refusal.argument(String.valueOf(refused.getMessage())));
    }
  }
}
