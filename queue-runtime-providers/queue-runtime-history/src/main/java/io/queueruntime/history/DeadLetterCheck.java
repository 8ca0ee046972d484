package io.queueruntime.history;

import java.util.List;

/** I6: a message is in the dead-letter queue only for a cause, and for the one it says. */
final class DeadLetterCheck implements Check {

  private static final String MAX_DELIVERIES = "MaxDeliveryCountExceeded";
  private static final String EXPIRED = "TTLExpiredException";

  @Override
  public void check(Ledger ledger, Findings findings) {
    for (Copy copy : ledger.copies()) {
      for (Delivery delivery : copy.deliveries) {
        if (delivery.dead() && !explained(ledger, copy, delivery.index, delivery.answer)) {
          report(copy, delivery.answer, findings);
          break;
        }
      }
      for (Copy.Sight sight : copy.sights) {
        if (sight.dead() && !explained(ledger, copy, sight.index(), sight.answer())) {
          report(copy, sight.answer(), findings);
          break;
        }
      }
    }
  }

  private static boolean explained(Ledger ledger, Copy copy, int index, HistoryEvent answer) {
    String reason = answer.text(Field.REASON);
    return switch (reason) {
      case MAX_DELIVERIES -> delivered(ledger, copy, index);
      case EXPIRED -> expired(ledger, copy, answer);
      case "" ->
          asked(copy, index, "") || delivered(ledger, copy, index) || expired(ledger, copy, answer);
      default -> asked(copy, index, reason);
    };
  }

  private static boolean asked(Copy copy, int index, String reason) {
    for (Delivery delivery : copy.deliveries) {
      for (Call call : delivery.settlements) {
        String given = call.question.text(Field.REASON);
        if (call.operation == Operation.DEAD_LETTER
            && call.possible()
            && call.first < index
            && (reason.isEmpty() || given.isEmpty() || given.equals(reason))) {
          return true;
        }
      }
    }
    return false;
  }

  /** Whether it may have been delivered as often as it may be. */
  private static boolean delivered(Ledger ledger, Copy copy, int index) {
    int attempts = 0;
    int from = Math.min(copy.born(), index);
    for (Delivery delivery : copy.deliveries) {
      if (!delivery.dead() && delivery.receive.first < index) {
        attempts = Math.max(attempts, delivery.attempt());
      }
    }
    int unknown = ledger.unknownReceives(copy.key.queue(), from, index);
    return attempts + unknown >= ledger.rules(copy.key.queue()).maxDeliveryCount();
  }

  private static boolean expired(Ledger ledger, Copy copy, HistoryEvent answer) {
    long life = copy.sentNumber(Field.TTL, 0);
    return life > 0
        && ledger.rules(copy.key.queue()).deadLetterOnExpiration()
        && answer.time() + ledger.slack() >= copy.bornTime() + life;
  }

  private static void report(Copy copy, HistoryEvent answer, Findings findings) {
    findings.add(
        Invariant.I6,
        "%s is in the dead-letter queue without that cause%s"
            .formatted(
                copy.name(), answer.has(Field.REASON) ? ": " + answer.text(Field.REASON) : ""),
        List.of(answer));
  }
}
