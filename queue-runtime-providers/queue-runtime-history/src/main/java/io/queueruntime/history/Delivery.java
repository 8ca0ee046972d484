package io.queueruntime.history;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One delivery of a message to one receiver, with what its holder did about it.
 *
 * <p>Changed by {@link Ledger} only, while it reads the history.
 */
final class Delivery {

  final Call receive;
  final HistoryEvent answer;

  /** Index of the answer in the history. */
  final int index;

  final Copy copy;
  final List<Call> settlements = new ArrayList<>(1);
  final List<Call> renewals = new ArrayList<>(0);

  /** The acceptance it was received by, on a session queue. */
  final @Nullable Hold hold;

  Delivery(Call receive, HistoryEvent answer, int index, Copy copy, @Nullable Hold hold) {
    this.receive = receive;
    this.answer = answer;
    this.index = index;
    this.copy = copy;
    this.hold = hold;
  }

  boolean dead() {
    return answer.flag(Field.DEAD);
  }

  long sequence() {
    return answer.number(Field.SEQUENCE, -1);
  }

  int attempt() {
    return (int) answer.number(Field.ATTEMPT, 0);
  }

  long time() {
    return answer.time();
  }

  /** The settlement that was acknowledged, if one was. */
  @Nullable Call settled() {
    for (Call call : settlements) {
      if (call.certain()) {
        return call;
      }
    }
    return null;
  }

  boolean settledBy(Operation operation) {
    Call call = settled();
    return call != null && call.operation == operation;
  }

  /** Whether a settlement of that kind may have happened. */
  boolean maybeSettledBy(Operation operation) {
    Call settled = settled();
    return settled != null
        ? settled.operation == operation
        : settlements.stream().anyMatch(call -> call.operation == operation && call.possible());
  }

  /** Whether any settlement may have happened before that event. */
  boolean maybeSettledBefore(int event) {
    return settlements.stream().anyMatch(call -> call.possible() && call.first < event);
  }

  /** The time until which its lock certainly held, looking only at what began before that event. */
  long lockHeldUntil(long lockNanos, int event) {
    long from = receive.startTime();
    for (Call renewal : renewals) {
      if (renewal.certain() && renewal.first < event) {
        from = Math.max(from, renewal.startTime());
      }
    }
    return from + lockNanos;
  }

  /** The time at which its lock had certainly ended. */
  long lockEndedAt(long lockNanos) {
    long from = time();
    for (Call renewal : renewals) {
      if (renewal.possible()) {
        from = Math.max(from, renewal.endTime());
      }
    }
    return from + lockNanos;
  }
}
