package io.queueruntime.history;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * I6: the first delivery counts 1, each further one counts one more, but one that was given back
 * uncounted, and none counts more than the queue allows, but one fetched on purpose by its sequence
 * number. Deliveries that nobody saw, because the answer was lost, count too.
 */
final class DeliveryCountCheck implements Check {

  private record Range(int low, int high) {}

  @Override
  public void check(Ledger ledger, Findings findings) {
    for (Copy copy : ledger.copies()) {
      if (ledger.mayBeTwo(copy)) {
        continue;
      }
      @Nullable Delivery previous = null;
      int fetched =
          0; // Times it was set aside: whoever fetches it then may do so on top of what is allowed.
      for (Delivery delivery : copy.deliveries) {
        if (delivery.dead()) {
          continue;
        }
        int max = ledger.rules(copy.key.queue()).maxDeliveryCount() + fetched;
        boolean fetchesCount =
            ledger.relaxations.disturbances().countsFetches()
                && disturbed(ledger, copy, previous, delivery);
        if (delivery.attempt() > max && !fetchesCount) {
          findings.add(
              Invariant.I6,
              "%s was delivered for the %d. time, %d are allowed"
                  .formatted(copy.name(), delivery.attempt(), max),
              List.of(delivery.answer));
        }
        Range range = expected(ledger, copy, previous, delivery);
        boolean anew =
            ledger.relaxations.disturbances().countsAnew()
                && disturbed(ledger, copy, previous, delivery);
        if ((delivery.attempt() < range.low && !anew)
            || (delivery.attempt() > range.high && !fetchesCount)) {
          findings.add(
              Invariant.I6,
              "%s counts %d deliveries where %s were"
                  .formatted(
                      copy.name(),
                      delivery.attempt(),
                      range.low == range.high ? range.low : range.low + " to " + range.high),
              previous == null
                  ? List.of(delivery.answer)
                  : List.of(previous.answer, delivery.answer));
        }
        previous = delivery;
        fetched += delivery.maybeSettledBy(Operation.DEFER) ? 1 : 0;
      }
    }
  }

  private static boolean disturbed(
      Ledger ledger, Copy copy, @Nullable Delivery previous, Delivery delivery) {
    int from = previous == null ? Math.min(copy.born(), delivery.index) : previous.receive.first;
    return ledger.disturbedBetween(from, delivery.index);
  }

  private static Range expected(
      Ledger ledger, Copy copy, @Nullable Delivery previous, Delivery delivery) {
    String queue = copy.key.queue();
    int from = previous == null ? Math.min(copy.born(), delivery.index) : previous.receive.first;
    int unknown = ledger.unknownReceives(queue, from, delivery.index);
    if (previous == null) {
      return new Range(1, 1 + unknown);
    }
    if (copy.wasReplayed(previous.index, delivery.receive.first)) {
      return new Range(1, 1 + unknown);
    }
    int counted = previous.attempt() + 1;
    if (copy.mayBeReplayed(from, delivery.receive.latest)) {
      return new Range(1, counted + unknown);
    }
    Call settled = previous.settled();
    if (settled != null) {
      return switch (settled.operation) {
        case RELEASE -> new Range(previous.attempt(), previous.attempt() + unknown);
        case COMPLETE, DEAD_LETTER ->
            new Range(1, Integer.MAX_VALUE); // CompletionCheck speaks of those.
        default -> new Range(counted, counted + unknown);
      };
    }
    boolean crashed = ledger.crashedBetween(previous.index, delivery.index);
    if (crashed && ledger.relaxations.crashForgetsDeliveries()) {
      return new Range(1, counted + unknown);
    }
    Hold hold = previous.hold;
    if (hold != null && closedInTime(ledger, hold, previous) && previous.settlements.isEmpty()) {
      return new Range(previous.attempt(), previous.attempt() + unknown);
    }
    boolean uncounted =
        previous.maybeSettledBy(Operation.RELEASE)
            || (hold != null && hold.maybeClosedBefore(delivery.index))
            || (!crashed && ledger.stoppedBetween(previous.index, delivery.index));
    return new Range(uncounted ? previous.attempt() : counted, counted + unknown);
  }

  private static boolean closedInTime(Ledger ledger, Hold hold, Delivery delivery) {
    long lock = ledger.rules(hold.queue()).lockDuration().toNanos();
    return hold.closes.stream()
        .anyMatch(
            close ->
                close.certain()
                    && close.first > delivery.index
                    && close.endTime() + ledger.slack() < hold.heldUntil(lock, close.first));
  }
}
