package io.queueruntime.history;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * I3: what was completed, removed, replaced or dead-lettered does not come back by itself, in this
 * life or a later one.
 */
final class CompletionCheck implements Check {

  @Override
  public void check(Ledger ledger, Findings findings) {
    for (Copy copy : ledger.copies()) {
      if (ledger.mayBeTwo(copy)) {
        continue; // each of them has an end of its own
      }
      for (int i = 0; i + 1 < copy.deliveries.size(); i++) {
        pair(ledger, copy, copy.deliveries.get(i), copy.deliveries.get(i + 1), findings);
      }
      if (!copy.deliveries.isEmpty()) {
        completedAndSeen(copy, findings);
      }
      removed(ledger, copy, findings);
    }
  }

  private static void pair(
      Ledger ledger, Copy copy, Delivery one, Delivery next, Findings findings) {
    Call settled = one.settled();
    boolean replayed = copy.mayBeReplayed(one.receive.first, next.receive.latest);
    if (settled != null && settled.first > next.index) {
      return; // SettlementCheck says more about a settlement that came after the next delivery.
    }
    if (settled != null && ledger.settlementMayBeLost(settled, next.index)) {
      return;
    }
    boolean twoMessages =
        !one.dead()
            && !next.dead()
            && one.sequence() >= 0
            && next.sequence() >= 0
            && one.sequence() != next.sequence();
    if (twoMessages && !replayed && copy.sent(Field.DUE) == null) {
      return; // DuplicateCheck says that one message became two.
    }
    if (settled != null && settled.operation == Operation.COMPLETE) {
      add(
          copy,
          "was completed and delivered again",
          findings,
          one.answer,
          Ledger.shown(settled),
          next.answer);
    } else if (settled != null
        && settled.operation == Operation.DEAD_LETTER
        && !next.dead()
        && !replayed) {
      add(
          copy,
          "was dead-lettered and delivered again without a replay",
          findings,
          one.answer,
          Ledger.shown(settled),
          next.answer);
    } else if (one.dead() && !next.dead() && !replayed) {
      add(copy, "left the dead-letter queue without a replay", findings, one.answer, next.answer);
    }
  }

  private static void completedAndSeen(Copy copy, Findings findings) {
    for (Delivery delivery : copy.deliveries) {
      Call settled = delivery.settled();
      if (settled == null || settled.operation != Operation.COMPLETE) {
        continue;
      }
      for (Copy.Sight sight : copy.sights) {
        if (settled.before(sight.call())) {
          add(
              copy,
              "was completed and is still there",
              findings,
              Ledger.shown(settled),
              sight.answer());
          return;
        }
      }
    }
  }

  private static void removed(Ledger ledger, Copy copy, Findings findings) {
    for (Copy.Touch touch : copy.removals) {
      if (touch.certain()) {
        String word =
            touch.call().operation == Operation.CANCEL ? "was cancelled" : "was discarded";
        comesAfter(copy, touch.call(), word + " and came back", findings);
      }
    }
    for (Call purge : ledger.purges(copy.key.queue(), false)) {
      if (purge.certain() && surelyWaited(ledger, copy, purge)) {
        comesAfter(copy, purge, "was waiting when its queue was purged and came back", findings);
      }
    }
    for (Copy.Send send : ledger.replacements(copy)) {
      if (send.enqueued()
          && surelyWaited(ledger, copy, send.call())
          && onlyOneOfItsKey(ledger, copy, send)) {
        comesAfter(copy, send.call(), "was replaced by its key and came back", findings);
      }
    }
  }

  /**
   * Whether it was in the queue before that call and nobody can have held it, or moved it away, by
   * its end.
   */
  private static boolean surelyWaited(Ledger ledger, Copy copy, Call call) {
    return copy.sends.stream().anyMatch(send -> send.enqueued() && send.call().before(call))
        && copy.deliveries.stream().noneMatch(delivery -> delivery.receive.first < call.latest)
        && copy.sentNumber(Field.TTL, 0) == 0
        && copy.sent(Field.DUE) == null
        && ledger.unknownReceives(copy.key.queue(), copy.born(), call.latest) == 0;
  }

  /** Whether no other message with its key can have been the one that was replaced. */
  private static boolean onlyOneOfItsKey(Ledger ledger, Copy copy, Copy.Send replacement) {
    for (Copy other : ledger.copiesOfKey(copy)) {
      boolean itself = other == copy || other.sends.contains(replacement);
      if (!itself && other.born() <= replacement.call().latest) {
        return false;
      }
    }
    return true;
  }

  private static void comesAfter(Copy copy, Call removal, String words, Findings findings) {
    HistoryEvent after = null;
    for (Delivery delivery : copy.deliveries) {
      if (after == null && removal.before(delivery.receive)) {
        after = delivery.answer;
      }
    }
    for (Copy.Sight sight : copy.sights) {
      if (after == null && removal.before(sight.call())) {
        after = sight.answer();
      }
    }
    if (after != null) {
      add(copy, words, findings, Ledger.shown(removal), after);
    }
  }

  private static void add(
      Copy copy, String words, Findings findings, @Nullable HistoryEvent... events) {
    List<HistoryEvent> shown = new ArrayList<>();
    for (HistoryEvent event : events) {
      if (event != null) {
        shown.add(event);
      }
    }
    findings.add(Invariant.I3, copy.name() + " " + words, shown);
  }
}
