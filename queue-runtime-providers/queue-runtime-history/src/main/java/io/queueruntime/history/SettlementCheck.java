package io.queueruntime.history;

import java.util.ArrayList;
import java.util.List;

/** I5: a delivery is settled once, by its own token, while its lock holds. */
final class SettlementCheck implements Check {

  @Override
  public void check(Ledger ledger, Findings findings) {
    for (Copy copy : ledger.copies()) {
      for (int i = 0; i < copy.deliveries.size(); i++) {
        Delivery delivery = copy.deliveries.get(i);
        once(copy, delivery, findings);
        inTime(ledger, copy, delivery, findings);
        if (ledger.mayBeTwo(copy)) {
          continue; // the next delivery may be that of the other one
        }
        for (int k = i + 1; k < copy.deliveries.size() && k <= i + 2; k++) {
          fenced(copy, delivery, copy.deliveries.get(k), findings);
        }
      }
    }
    for (Call call : ledger.strangers) {
      if (call.certain()) {
        findings.add(
            Invariant.I5,
            "a token or hold that nobody was given was accepted",
            List.of(Ledger.shown(call)));
      }
    }
  }

  private static void once(Copy copy, Delivery delivery, Findings findings) {
    List<HistoryEvent> settled = new ArrayList<>();
    Call first = null;
    for (Call call : delivery.settlements) {
      if (call.certain()) {
        settled.add(Ledger.shown(call));
        first = first == null ? call : first;
      }
    }
    if (settled.size() > 1) {
      findings.add(Invariant.I5, copy.name() + " was settled twice with one token", settled);
    }
    for (Call renewal : delivery.renewals) {
      if (first != null && renewal.certain() && first.before(renewal)) {
        findings.add(
            Invariant.I5,
            copy.name() + " had its lock renewed after it was settled",
            List.of(Ledger.shown(first), Ledger.shown(renewal)));
      }
    }
  }

  private static void inTime(Ledger ledger, Copy copy, Delivery delivery, Findings findings) {
    for (Call call : effects(delivery)) {
      if (ledger.stoppedBetween(delivery.index, call.first)) {
        findings.add(
            Invariant.I5,
            copy.name() + " was settled with a lock from before a restart",
            List.of(delivery.answer, Ledger.shown(call)));
      } else if (delivery.hold == null || delivery.dead()) {
        long ended = delivery.lockEndedAt(ledger.rules(copy.key.queue()).lockDuration().toNanos());
        if (call.operation != Operation.RENEW && call.startTime() > ended + ledger.slack()) {
          findings.add(
              Invariant.I5,
              copy.name() + " was settled after its lock had run out",
              List.of(delivery.answer, Ledger.shown(call)));
        }
      } else if (delivery.hold.closes.stream()
          .anyMatch(close -> close.certain() && close.before(call))) {
        findings.add(
            Invariant.I5,
            copy.name() + " was settled after its session was given back",
            List.of(delivery.answer, Ledger.shown(call)));
      }
    }
  }

  private static void fenced(Copy copy, Delivery one, Delivery next, Findings findings) {
    for (Call call : effects(one)) {
      if (call.first > next.index && one.receive.before(next.receive)) {
        findings.add(
            Invariant.I5,
            copy.name() + " was settled or renewed with the token of an earlier delivery",
            List.of(one.answer, next.answer, Ledger.shown(call)));
      }
    }
  }

  private static List<Call> effects(Delivery delivery) {
    List<Call> certain = new ArrayList<>();
    delivery.settlements.stream().filter(Call::certain).forEach(certain::add);
    delivery.renewals.stream().filter(Call::certain).forEach(certain::add);
    return certain;
  }
}
