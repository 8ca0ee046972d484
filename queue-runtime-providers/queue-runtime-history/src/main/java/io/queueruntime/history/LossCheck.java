package io.queueruntime.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * I1: in a drained history every message that was acknowledged has an end that somebody asked for:
 * completed, discarded, cancelled, purged, replaced, expired; or it is still there. A purge
 * explains as many messages as it says it removed.
 */
final class LossCheck implements Check {

  @Override
  public void check(Ledger ledger, Findings findings) {
    if (ledger.drained < 0) {
      return;
    }
    int quiet = lastChange(ledger);
    Map<Copy, HistoryEvent> onlyPurged = new HashMap<>();
    for (Copy copy : ledger.copies()) {
      if (!acknowledged(copy) || ended(ledger, copy, quiet)) {
        continue;
      }
      if (mayBePurged(ledger, copy)) {
        onlyPurged.put(copy, copy.sends.get(0).question());
      } else {
        lost(copy, findings);
      }
    }
    purges(ledger, onlyPurged, findings);
    for (Call call : ledger.calls) {
      if (call.operation == Operation.SEND && call.questions.size() > 1 && call.unknown()) {
        halfBatch(ledger, call, findings);
      }
    }
  }

  private static boolean acknowledged(Copy copy) {
    return copy.sends.stream().anyMatch(Copy.Send::enqueued) || !copy.deliveries.isEmpty();
  }

  private static int lastChange(Ledger ledger) {
    int last = -1;
    for (Call call : ledger.calls) {
      if (call.operation != Operation.PEEK && call.operation != Operation.COUNT) {
        last = Math.max(last, call.latest);
      }
    }
    return last;
  }

  private static boolean ended(Ledger ledger, Copy copy, int quiet) {
    for (Delivery delivery : copy.deliveries) {
      if (delivery.settledBy(Operation.COMPLETE)) {
        return true;
      }
    }
    Delivery last = copy.lastDelivery();
    if (last != null && last.maybeSettledBy(Operation.COMPLETE)) {
      return true;
    }
    int since = last == null ? copy.born() : last.receive.first;
    return copy.removals.stream().anyMatch(touch -> touch.possible() && touch.call().latest > since)
        || copy.sights.stream().anyMatch(sight -> sight.call().first >= quiet)
        || !ledger.replacements(copy).isEmpty()
        || expired(ledger, copy);
  }

  private static boolean expired(Ledger ledger, Copy copy) {
    long life = copy.sentNumber(Field.TTL, 0);
    return life > 0
        && !ledger.rules(copy.key.queue()).deadLetterOnExpiration()
        && ledger.events.get(ledger.drained).time() + ledger.slack() >= copy.bornTime() + life;
  }

  private static boolean mayBePurged(Ledger ledger, Copy copy) {
    Delivery last = copy.lastDelivery();
    int since = last == null ? copy.born() : last.receive.first;
    return purgesOf(ledger, copy.key.queue()).stream()
        .anyMatch(call -> call.possible() && call.latest > since);
  }

  private static List<Call> purgesOf(Ledger ledger, String queue) {
    List<Call> all = new ArrayList<>(ledger.purges(queue, false));
    all.addAll(ledger.purges(queue, true));
    return all;
  }

  private static void purges(Ledger ledger, Map<Copy, HistoryEvent> onlyPurged, Findings findings) {
    Map<String, List<HistoryEvent>> byQueue = new HashMap<>();
    onlyPurged.forEach(
        (copy, event) ->
            byQueue.computeIfAbsent(copy.key.queue(), q -> new ArrayList<>()).add(event));
    byQueue.forEach(
        (queue, events) -> {
          long removed = 0;
          for (Call purge : purgesOf(ledger, queue)) {
            removed = purge.unknown() ? Long.MAX_VALUE / 2 : removed + purge.count(0);
          }
          if (events.size() > removed) {
            findings.add(
                Invariant.I1,
                "%d messages of queue '%s' are gone that only a purge explains, and the purges removed %d"
                    .formatted(events.size(), queue, removed),
                events.subList(0, Math.min(10, events.size())));
          }
        });
  }

  private static void lost(Copy copy, Findings findings) {
    List<HistoryEvent> shown = new ArrayList<>();
    copy.sends.forEach(send -> shown.add(send.answer() == null ? send.question() : send.answer()));
    Delivery last = copy.lastDelivery();
    if (last != null) {
      shown.add(last.answer);
      last.settlements.forEach(call -> shown.add(Ledger.shown(call)));
    }
    for (Copy.Touch replay : copy.replays) {
      boolean unseen = last == null || replay.call().first > last.index;
      if (replay.possible() && unseen) {
        shown.add(Ledger.shown(replay.call()));
        findings.add(Invariant.I12, copy.name() + " was replayed and is gone", shown);
        return;
      }
    }
    findings.add(Invariant.I1, copy.name() + " was acknowledged and is gone", shown);
  }

  /** A batch goes in whole or not at all, whatever became of its answer. */
  private static void halfBatch(Ledger ledger, Call call, Findings findings) {
    List<HistoryEvent> there = new ArrayList<>();
    List<HistoryEvent> missing = new ArrayList<>();
    for (HistoryEvent question : call.questions) {
      Copy copy = ledger.about(question);
      boolean alone = copy.sends.size() == 1 && ledger.duplicateFree(copy);
      if (copy.existed() && alone) {
        there.add(question);
      } else if (alone
          && question.number(Field.TTL, 0) == 0
          && ledger.replacements(copy).isEmpty()
          && !mayBePurged(ledger, copy)
          && copy.removals.isEmpty()) {
        missing.add(question);
      }
    }
    if (!there.isEmpty() && !missing.isEmpty()) {
      there.addAll(missing);
      findings.add(
          Invariant.I1, "a batch of " + call.questions.size() + " was stored in part", there);
    }
  }
}
