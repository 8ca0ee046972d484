package io.queueruntime.history;

import java.util.List;

/**
 * I7: a scheduled message does not come before it is due, an abandoned one not before its delay is
 * over, an expired one not at all; and what is due comes to a receiver that waits.
 */
final class TimeCheck implements Check {

  @Override
  public void check(Ledger ledger, Findings findings) {
    for (Copy copy : ledger.copies()) {
      for (int i = 0; i < copy.deliveries.size(); i++) {
        Delivery delivery = copy.deliveries.get(i);
        if (delivery.dead()) {
          continue;
        }
        notBeforeDue(ledger, copy, delivery, findings);
        notAfterItsLife(ledger, copy, delivery, findings);
        if (i + 1 < copy.deliveries.size()) {
          notBeforeItsDelay(ledger, copy, delivery, copy.deliveries.get(i + 1), findings);
        }
      }
    }
    for (Call call : ledger.calls) {
      if (call.operation == Operation.RECEIVE
          && call.certain()
          && !call.answers.get(0).has(Field.MESSAGE)) {
        emptyHanded(ledger, call, findings);
      }
    }
  }

  private static void notBeforeDue(Ledger ledger, Copy copy, Delivery delivery, Findings findings) {
    long due = copy.sentNumber(Field.DUE, Long.MIN_VALUE);
    if (delivery.time() + ledger.slack() < due) {
      findings.add(
          Invariant.I7,
          "%s came %d ms before it was due"
              .formatted(copy.name(), (due - delivery.time()) / 1_000_000),
          List.of(copy.sends.get(0).question(), delivery.answer));
    }
  }

  private static void notAfterItsLife(
      Ledger ledger, Copy copy, Delivery delivery, Findings findings) {
    long life = copy.sentNumber(Field.TTL, 0);
    if (life == 0
        || delivery.answer.flag(Field.DEFERRED)
        || copy.mayBeReplayed(-1, delivery.receive.latest)) {
      return;
    }
    if (copy.sent(Field.DUE) != null && ledger.stoppedBetween(copy.born(), delivery.index)) {
      return; // What was due while everything was down is enqueued, and begins its life, after the
      // restart.
    }
    long enqueued = copy.sentNumber(Field.DUE, Long.MIN_VALUE);
    for (Copy.Send send : copy.sends) {
      if (send.possible()) {
        enqueued = Math.max(enqueued, send.call().endTime());
      }
    }
    if (delivery.receive.startTime() > enqueued + life + ledger.slack()) {
      findings.add(
          Invariant.I7,
          copy.name() + " was delivered after its time to live",
          List.of(copy.sends.get(0).question(), delivery.answer));
    }
  }

  private static void notBeforeItsDelay(
      Ledger ledger, Copy copy, Delivery delivery, Delivery next, Findings findings) {
    Call settled = delivery.settled();
    if (settled == null
        || settled.operation != Operation.ABANDON
        || next.dead()
        || ledger.mayBeTwo(copy)
        || (ledger.relaxations.disturbances().shortensDelays()
            && ledger.disturbedBetween(delivery.index, next.index))
        || copy.mayBeReplayed(delivery.receive.first, next.receive.latest)) {
      return;
    }
    long back = settled.startTime() + settled.question.number(Field.DELAY, 0);
    if (settled.first < next.index && next.time() + ledger.slack() < back) {
      findings.add(
          Invariant.I7,
          copy.name() + " came back before the delay it was abandoned with was over",
          List.of(settled.question, next.answer));
    }
  }

  /**
   * A receive on a plain queue that waited without result while a scheduled message had long been
   * due.
   */
  private static void emptyHanded(Ledger ledger, Call call, Findings findings) {
    String queue = call.question.text(Field.QUEUE);
    if (ledger.rules(queue).sessions() || call.question.flag(Field.DEAD)) {
      return;
    }
    for (Copy copy : ledger.dueBetween(queue, call.startTime(), call.endTime())) {
      long due = copy.sentNumber(Field.DUE, 0);
      boolean late =
          call.endTime() > due + ledger.relaxations.lateness().toNanos() + ledger.slack();
      boolean sent =
          copy.sends.stream().anyMatch(send -> send.enqueued() && send.call().before(call));
      boolean stayed =
          copy.removals.stream().noneMatch(Copy.Touch::possible)
              && copy.sentNumber(Field.TTL, 0) == 0
              && ledger.replacements(copy).isEmpty()
              && ledger.purges(queue, false).isEmpty();
      boolean taken =
          copy.deliveries.stream().anyMatch(delivery -> delivery.receive.first < call.latest)
              || ledger.unknownReceives(queue, copy.born(), call.latest) > 0;
      if (late && sent && stayed && !taken) {
        findings.add(
            Invariant.I7,
            copy.name() + " was due while a receiver waited, which got nothing",
            List.of(copy.sends.get(0).question(), call.question, call.answers.get(0)));
      }
    }
  }
}
