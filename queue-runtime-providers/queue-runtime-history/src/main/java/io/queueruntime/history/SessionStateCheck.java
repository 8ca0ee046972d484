package io.queueruntime.history;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * I9: a session's state is a register that only the holder writes, one write after the other: a
 * read gives what was acknowledged last, or a write since then whose outcome nobody knows.
 */
final class SessionStateCheck implements Check {

  private static final String NONE = "\0";

  /** One session's state. */
  private static final class Register {
    private final Set<String> possible = new HashSet<>(Set.of(NONE));
    private final Map<Call, String> open = new HashMap<>();
    private @Nullable HistoryEvent lastWrite;
    private @Nullable String holder;
  }

  @Override
  public void check(Ledger ledger, Findings findings) {
    Map<String, Register> registers = new HashMap<>();
    Map<Integer, Call> begins = new HashMap<>();
    Map<Integer, Call> ends = new HashMap<>();
    for (Call call : ledger.calls) {
      if (call.operation == Operation.SET_STATE
          || call.operation == Operation.GET_STATE
          || call.operation == Operation.ACCEPT) {
        begins.put(call.first, call);
        if (!call.unknown()) {
          ends.put(call.latest, call);
        }
      }
    }
    for (int i = 0; i < ledger.events.size(); i++) {
      HistoryEvent event = ledger.events.get(i);
      if (event.operation() == Operation.CRASH || event.operation() == Operation.SHUTDOWN) {
        registers.values().forEach(SessionStateCheck::settleOpen);
      }
      Call begun = begins.get(i);
      if (begun != null && begun.operation == Operation.SET_STATE) {
        register(registers, begun.question).open.put(begun, state(begun.question));
      }
      Call ended = ends.get(i);
      if (ended != null) {
        ended(registers, ended, event, findings);
      }
    }
  }

  private static void ended(
      Map<String, Register> registers, Call call, HistoryEvent answer, Findings findings) {
    switch (call.operation) {
      case SET_STATE -> written(register(registers, call.question), call);
      case GET_STATE -> read(register(registers, call.question), call, answer, findings);
      default -> {
        if (answer.has(Field.HOLD)) {
          Register register = register(registers, answer);
          register.holder = answer.text(Field.HOLD);
          settleOpen(
              register); // Whatever the last holder had under way has happened by now, or never
          // will.
        }
      }
    }
  }

  private static void written(Register register, Call call) {
    boolean own = call.question.text(Field.HOLD).equals(register.holder);
    if (register.open.remove(call) == null || !own) {
      return;
    }
    if (call.certain()) {
      register.possible.clear();
      register.possible.add(state(call.question));
      register.lastWrite = call.question;
    }
  }

  private static void read(Register register, Call call, HistoryEvent answer, Findings findings) {
    if (!call.certain() || !call.question.text(Field.HOLD).equals(register.holder)) {
      return;
    }
    String value = state(answer);
    if (!register.possible.contains(value) && !register.open.containsValue(value)) {
      findings.add(
          Invariant.I9,
          "session '%s' of queue '%s' has a state that its last holder did not store"
              .formatted(call.question.text(Field.SESSION), call.question.text(Field.QUEUE)),
          register.lastWrite == null ? List.of(answer) : List.of(register.lastWrite, answer));
    }
    register.possible.clear();
    register.possible.add(value);
  }

  private static void settleOpen(Register register) {
    register.possible.addAll(register.open.values());
    register.open.clear();
  }

  private static Register register(Map<String, Register> registers, HistoryEvent event) {
    return registers.computeIfAbsent(
        event.text(Field.QUEUE) + "\0" + event.text(Field.SESSION), key -> new Register());
  }

  private static String state(HistoryEvent event) {
    String state = event.get(Field.STATE);
    return state == null ? NONE : state;
  }
}
