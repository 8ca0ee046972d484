package io.queueruntime.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * I12: a replay moves each dead letter once: out of the dead-letter queue, into its queue, in the
 * order they had.
 */
final class ReplayCheck implements Check {

  /**
   * A message as a peek or a receive showed it.
   *
   * @param begun when the call began
   * @param when it was at the latest for a dead letter, at the earliest for any other: a look that
   *     takes long may see what became of the message meanwhile
   */
  private record Appearance(int begun, int when, boolean dead, HistoryEvent event) {}

  @Override
  public void check(Ledger ledger, Findings findings) {
    for (Copy copy : ledger.copies()) {
      if (ledger.mayBeTwo(copy)) {
        continue;
      }
      for (int i = 0; i < copy.replays.size(); i++) {
        Copy.Touch replay = copy.replays.get(i);
        if (replay.certain()) {
          leftTheDeadLetters(ledger, copy, replay, findings);
          if (i + 1 < copy.replays.size()) {
            notTwice(ledger, copy, replay, copy.replays.get(i + 1), findings);
          }
        }
      }
    }
    for (Call call : ledger.calls) {
      if (call.operation == Operation.REPLAY && call.certain()) {
        if (call.count(0) > call.questions.size()) {
          findings.add(
              Invariant.I12, "more was replayed than was asked for", List.of(call.answers.get(0)));
        }
        if (ledger.relaxations.sequenceNumbers() && call.count(0) == call.questions.size()) {
          inOrder(ledger, call, findings);
        }
      }
    }
  }

  private static void leftTheDeadLetters(
      Ledger ledger, Copy copy, Copy.Touch replay, Findings findings) {
    Appearance next = nextAfter(copy, replay.call());
    if (next != null && next.dead && !mayHaveFailed(ledger, copy, replay.call(), next.when)) {
      findings.add(
          Invariant.I12,
          copy.name() + " was replayed and is still a dead letter",
          List.of(Ledger.shown(replay.call()), next.event));
    }
  }

  private static @Nullable Appearance nextAfter(Copy copy, Call call) {
    Appearance next = null;
    for (Delivery delivery : copy.deliveries) {
      int begun = delivery.receive.first;
      int when = delivery.dead() ? delivery.index : begun;
      if (delivery.index > call.first && (next == null || when < next.when)) {
        next = new Appearance(begun, when, delivery.dead(), delivery.answer);
      }
    }
    for (Copy.Sight sight : copy.sights) {
      int begun = sight.call().first;
      int when = sight.dead() ? sight.call().latest : begun;
      if (call.before(sight.call()) && (next == null || when < next.when)) {
        next = new Appearance(begun, when, sight.dead(), sight.answer());
      }
    }
    return next == null || (next.dead && next.begun < call.latest) ? null : next;
  }

  private static void notTwice(
      Ledger ledger, Copy copy, Copy.Touch one, Copy.Touch two, Findings findings) {
    boolean delivered =
        copy.deliveries.stream()
            .anyMatch(
                d ->
                    !d.dead() && d.index > one.call().first && d.receive.first < two.call().latest);
    if (two.certain()
        && one.call().before(two.call())
        && !delivered
        && !mayHaveFailed(ledger, copy, one.call(), two.call().latest)) {
      findings.add(
          Invariant.I12,
          copy.name() + " was replayed twice without having been a dead letter again",
          List.of(Ledger.shown(one.call()), Ledger.shown(two.call())));
    }
  }

  /**
   * Whether the replayed message may have become a dead letter again without anybody having seen it
   * in between.
   */
  private static boolean mayHaveFailed(Ledger ledger, Copy copy, Call replay, int until) {
    return ledger.unknownReceives(copy.key.queue(), replay.first, until)
            >= ledger.rules(copy.key.queue()).maxDeliveryCount()
        || copy.sentNumber(Field.TTL, 0) > 0;
  }

  private static void inOrder(Ledger ledger, Call call, Findings findings) {
    Map<String, List<Delivery>> sessions = new HashMap<>();
    List<HistoryEvent> questions = new ArrayList<>(call.questions);
    questions.sort(
        (a, b) -> Long.compare(a.number(Field.SEQUENCE, 0), b.number(Field.SEQUENCE, 0)));
    for (HistoryEvent question : questions) {
      Copy copy = ledger.about(question);
      Delivery first = null;
      for (Delivery delivery : copy.deliveries) {
        if (first == null && !delivery.dead() && call.before(delivery.receive)) {
          first = delivery;
        }
      }
      boolean again =
          copy.replays.stream()
              .anyMatch(
                  other ->
                      other.call() != call && other.possible() && other.call().first > call.first);
      if (first != null && !again && !ledger.mayBeTwo(copy)) {
        sessions
            .computeIfAbsent(question.text(Field.SESSION), session -> new ArrayList<>())
            .add(first);
      }
    }
    for (List<Delivery> moved : sessions.values()) {
      for (int i = 0; i + 1 < moved.size(); i++) {
        if (moved.get(i).sequence() > moved.get(i + 1).sequence()) {
          findings.add(
              Invariant.I12,
              "a replay changed the order of its messages",
              List.of(Ledger.shown(call), moved.get(i).answer, moved.get(i + 1).answer));
          return;
        }
      }
    }
  }
}
