package io.queueruntime.history;

import java.util.ArrayList;
import java.util.List;

/**
 * One acceptance of a session, with what its holder did.
 *
 * <p>Changed by {@link Ledger} only, while it reads the history.
 */
final class Hold {

  final Call accept;
  final HistoryEvent answer;
  final int index;
  final List<Call> renewals = new ArrayList<>(0);
  final List<Call> closes = new ArrayList<>(1);

  /** Every other call that went by this hold. */
  final List<Call> uses = new ArrayList<>(4);

  Hold(Call accept, HistoryEvent answer, int index) {
    this.accept = accept;
    this.answer = answer;
    this.index = index;
  }

  String queue() {
    return answer.text(Field.QUEUE);
  }

  String session() {
    return answer.text(Field.SESSION);
  }

  String id() {
    return answer.text(Field.HOLD);
  }

  boolean maybeClosedBefore(int event) {
    return closes.stream().anyMatch(call -> call.possible() && call.first < event);
  }

  /** The time until which it certainly held, looking only at what began before that event. */
  long heldUntil(long lockNanos, int event) {
    long from = accept.startTime();
    for (Call renewal : renewals) {
      if (renewal.certain() && renewal.first < event) {
        from = Math.max(from, renewal.startTime());
      }
    }
    return from + lockNanos;
  }
}
