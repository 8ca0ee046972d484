package io.queueruntime.history;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * I5: a session, and a message, has one holder at a time, and a holder that lost its session can do
 * nothing to it.
 */
final class HolderCheck implements Check {

  @Override
  public void check(Ledger ledger, Findings findings) {
    Map<String, List<Hold>> sessions = new LinkedHashMap<>();
    for (Hold hold : ledger.holds.values()) {
      sessions
          .computeIfAbsent(hold.queue() + "\0" + hold.session(), key -> new ArrayList<>())
          .add(hold);
    }
    sessions.values().forEach(holds -> session(ledger, holds, findings));
    for (Copy copy : ledger.copies()) {
      if (ledger.mayBeTwo(copy)) {
        continue; // who holds one of them does not hold the other
      }
      for (int i = 0; i + 1 < copy.deliveries.size(); i++) {
        message(ledger, copy, copy.deliveries.get(i), copy.deliveries.get(i + 1), findings);
      }
    }
    for (Delivery delivery : ledger.tokensGivenTwice) {
      findings.add(Invariant.I5, "a lock token was given out twice", List.of(delivery.answer));
    }
  }

  private static void session(Ledger ledger, List<Hold> holds, Findings findings) {
    holds.sort((a, b) -> Integer.compare(a.index, b.index));
    for (int i = 0; i < holds.size(); i++) {
      Hold hold = holds.get(i);
      Hold next = i + 1 < holds.size() ? holds.get(i + 1) : null;
      if (next != null) {
        overlap(ledger, hold, next, findings);
      }
      for (Call use : hold.uses) {
        boolean effective =
            use.certain()
                && (use.operation != Operation.RECEIVE || use.answers.get(0).has(Field.MESSAGE));
        if (!effective) {
          continue;
        }
        if (next != null
            && next.accept.before(use)
            && hold.accept.before(next.accept)
            && !mayHoldTwo(ledger, hold.accept.first, use.first)) {
          findings.add(
              Invariant.I5,
              "a holder of session '%s' of queue '%s' went on after the next one had accepted it"
                  .formatted(hold.session(), hold.queue()),
              List.of(hold.answer, next.answer, Ledger.shown(use)));
        } else if (ledger.stoppedBetween(hold.index, use.first)) {
          findings.add(
              Invariant.I5,
              "a holder's lock outlived a restart",
              List.of(hold.answer, Ledger.shown(use)));
        } else if (hold.closes.stream().anyMatch(close -> close.certain() && close.before(use))) {
          findings.add(
              Invariant.I5,
              "a holder went on after it had given its session back",
              List.of(hold.answer, Ledger.shown(hold.closes.get(0)), Ledger.shown(use)));
        }
      }
    }
  }

  private static boolean mayHoldTwo(Ledger ledger, int from, int to) {
    return ledger.relaxations.disturbances().twoHolders() && ledger.disturbedBetween(from, to);
  }

  private static void overlap(Ledger ledger, Hold hold, Hold next, Findings findings) {
    long lock = ledger.rules(hold.queue()).lockDuration().toNanos();
    if (ledger.stoppedBetween(hold.index, next.index)
        || ledger.goneBefore(hold.accept, next.index)
        || mayHoldTwo(ledger, hold.accept.first, next.index)
        || hold.maybeClosedBefore(next.index)
        || next.maybeClosedBefore(hold.index)) {
      return;
    }
    boolean ordered = hold.accept.before(next.accept);
    long until =
        ordered
            ? hold.heldUntil(lock, next.index)
            : Math.min(hold.accept.startTime(), next.accept.startTime()) + lock;
    long at = Math.max(next.answer.time(), ordered ? 0 : hold.answer.time());
    if (at + ledger.slack() < until) {
      findings.add(
          Invariant.I5,
          "session '%s' of queue '%s' was accepted while somebody held it"
              .formatted(hold.session(), hold.queue()),
          List.of(hold.answer, next.answer));
    }
  }

  private static void message(
      Ledger ledger, Copy copy, Delivery one, Delivery next, Findings findings) {
    if (one.dead() != next.dead()
        || ledger.stoppedBetween(one.index, next.index)
        || ledger.goneBefore(one.receive, next.index)
        || mayHoldTwo(ledger, one.receive.first, next.index)
        || one.maybeSettledBefore(next.index)
        || copy.mayBeReplayed(one.receive.first, next.receive.latest)) {
      return;
    }
    if (one.hold != null && one.hold == next.hold && !one.dead()) {
      findings.add(
          Invariant.I5,
          copy.name() + " was delivered again to the holder that had it locked",
          List.of(one.answer, next.answer));
      return;
    }
    if (one.hold != null && !one.dead()) {
      return; // Its lock is the session's, which is looked at above.
    }
    long lock = ledger.rules(copy.key.queue()).lockDuration().toNanos();
    boolean ordered = one.receive.before(next.receive) || one.index < next.receive.first;
    long until =
        ordered
            ? one.lockHeldUntil(lock, next.index)
            : Math.min(one.receive.startTime(), next.receive.startTime()) + lock;
    long at = Math.max(next.time(), ordered ? 0 : one.time());
    if (at + ledger.slack() < until) {
      findings.add(
          Invariant.I5,
          copy.name() + " was delivered while somebody had it locked",
          List.of(one.answer, next.answer));
    }
  }
}
