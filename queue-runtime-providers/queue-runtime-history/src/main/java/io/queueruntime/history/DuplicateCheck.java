package io.queueruntime.history;

import java.time.Duration;
import java.util.List;

/**
 * I8: of two sends of one id within the window one goes in and the other is told that it is a
 * duplicate; nothing else is called a duplicate; and no message exists more often than it was sent.
 */
final class DuplicateCheck implements Check {

  @Override
  public void check(Ledger ledger, Findings findings) {
    for (List<Copy.Send> sends : ledger.sendsById()) {
      Duration window = ledger.rules(sends.get(0).question().text(Field.QUEUE)).duplicateWindow();
      if (window != null) {
        undetected(ledger, sends, window.toNanos(), findings);
      }
      for (Copy.Send send : sends) {
        if (send.duplicate()
            && (window == null || !hasOriginal(ledger, sends, send, window.toNanos()))) {
          findings.add(
              Invariant.I8,
              "a send was called a duplicate of nothing within the window",
              List.of(Ledger.shown(send.call())));
        }
      }
    }
    for (Copy copy : ledger.copies()) {
      multiplied(ledger, copy, findings);
    }
  }

  private static void undetected(
      Ledger ledger, List<Copy.Send> sends, long window, Findings findings) {
    Copy.Send previous = null;
    for (Copy.Send send : sends) {
      if (!send.call().certain() ? !existsOnItsOwn(ledger, send) : !send.enqueued()) {
        continue;
      }
      if (previous != null) {
        long from = Math.min(previous.call().startTime(), send.call().startTime());
        long to = Math.max(previous.call().endTime(), send.call().endTime());
        if (to - from + ledger.slack() < window) {
          findings.add(
              Invariant.I8,
              "two messages with one id went in within the window",
              List.of(Ledger.shown(previous.call()), Ledger.shown(send.call())));
        }
      }
      previous = send;
    }
  }

  /**
   * Whether the message of a send without an answer showed up, and no other send can have put it
   * there.
   */
  private static boolean existsOnItsOwn(Ledger ledger, Copy.Send send) {
    HistoryEvent question = send.question();
    Copy copy = ledger.about(question);
    return copy.sends.size() == 1 && copy.existed();
  }

  private static boolean hasOriginal(
      Ledger ledger, List<Copy.Send> sends, Copy.Send duplicate, long window) {
    for (Copy.Send send : sends) {
      boolean other = send.question() != duplicate.question();
      if (other
          && send.possible()
          && send.call().first <= duplicate.call().latest
          && duplicate.call().startTime() - send.call().endTime() <= window + ledger.slack()) {
        return true;
      }
    }
    return false;
  }

  private static long span(Copy copy) {
    long from = Long.MAX_VALUE;
    long to = Long.MIN_VALUE;
    for (Copy.Send send : copy.sends) {
      from = Math.min(from, send.call().startTime());
      to = Math.max(to, send.call().endTime());
    }
    return to - from;
  }

  private static void multiplied(Ledger ledger, Copy copy, Findings findings) {
    boolean renumbered =
        ledger.relaxations.crashForgetsDeliveries() && copy.sent(Field.DUE) != null;
    if (!ledger.relaxations.sequenceNumbers() || renumbered) {
      return;
    }
    long sends = copy.sends.stream().filter(Copy.Send::enqueued).count();
    long unknown = copy.sends.stream().filter(send -> send.possible() && !send.enqueued()).count();
    Duration window =
        copy.sends.isEmpty() ? null : ledger.rules(copy.key.queue()).duplicateWindow();
    boolean within = window != null && span(copy) + ledger.slack() < window.toNanos();
    long allowed = within ? Math.max(1, sends) : sends + unknown;
    long replays = copy.replays.stream().filter(Copy.Touch::possible).count();
    if (!copy.sends.isEmpty() && copy.sequences().size() > allowed + replays) {
      findings.add(
          replays > 0 ? Invariant.I12 : Invariant.I8,
          "%s was sent %d times, replayed %d times, and delivered as %d messages"
              .formatted(copy.name(), allowed, replays, copy.sequences().size()),
          copy.deliveries.stream().map(delivery -> delivery.answer).limit(10).toList());
    }
  }
}
