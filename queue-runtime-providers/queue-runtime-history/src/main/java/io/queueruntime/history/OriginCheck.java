package io.queueruntime.history;

import java.util.List;
import java.util.Objects;

/**
 * I2: everything received or seen was sent before, into that queue and session, and has not changed
 * on the way.
 */
final class OriginCheck implements Check {

  @Override
  public void check(Ledger ledger, Findings findings) {
    for (Copy copy : ledger.copies()) {
      copy.deliveries.forEach(delivery -> check(copy, delivery.answer, delivery.index, findings));
      copy.sights.forEach(sight -> check(copy, sight.answer(), sight.index(), findings));
    }
  }

  private static void check(Copy copy, HistoryEvent answer, int index, Findings findings) {
    if (copy.sends.isEmpty()) {
      findings.add(
          Invariant.I2, copy.name() + " was never sent with that content", List.of(answer));
    } else if (copy.born() == Integer.MAX_VALUE) {
      findings.add(
          Invariant.I2,
          copy.name() + " was received although its send failed or was a duplicate",
          List.of(Ledger.shown(copy.sends.get(0).call()), answer));
    } else if (copy.born() > index) {
      findings.add(
          Invariant.I2,
          copy.name() + " was received before it was sent",
          List.of(answer, copy.sends.get(0).question()));
    } else if (!Objects.equals(copy.sent(Field.SESSION), answer.get(Field.SESSION))) {
      findings.add(
          Invariant.I2,
          copy.name() + " came in another session",
          List.of(copy.sends.get(0).question(), answer));
    }
  }
}
