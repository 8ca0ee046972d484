package io.queueruntime.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Histories that keep every promise pass, and stop passing when a line is taken out or changed. */
class LegalHistoryTests {

  private static final int HISTORIES = 2_000;

  private final HistoryChecker checker = new HistoryChecker(LegalHistory.RULES, Relaxations.NONE);

  @Test
  void generatedHistoriesThatKeepEveryPromisePass() {
    for (long seed = 1; seed <= HISTORIES; seed++) {
      assertThat(checker.check(LegalHistory.of(seed))).as("seed %d", seed).isEmpty();
    }
  }

  @Test
  void generatedHistoriesUseEveryOperation() {
    Set<Operation> seen = EnumSet.noneOf(Operation.class);
    for (long seed = 1; seed <= 100; seed++) {
      LegalHistory.of(seed).forEach(event -> seen.add(event.operation()));
    }
    // what several processes suffer, of which these have one
    Set<Operation> apart = EnumSet.of(Operation.GONE, Operation.DISTURBED);
    assertThat(seen).isEqualTo(EnumSet.complementOf(EnumSet.copyOf(apart)));
  }

  /** Pretends that a completed delivery was received once more at the end: always a breach. */
  @Test
  void generatedHistoryWithAResurrectedMessageFails() {
    int tried = 0;
    for (long seed = 1; seed <= 300; seed++) {
      List<HistoryEvent> history = new ArrayList<>(LegalHistory.of(seed));
      HistoryEvent completed = any(history, Operation.COMPLETE, Phase.OK, new Random(seed));
      if (completed == null) {
        continue;
      }
      long end = history.get(history.size() - 1).time();
      HistoryEvent asked =
          HistoryEvent.of(end, "ghost", 1, Operation.RECEIVE, Phase.INVOKE)
              .with(Field.QUEUE, completed.text(Field.QUEUE))
              .build();
      Map<Field, String> again = new HashMap<>(completed.fields());
      again.put(Field.TOKEN, "ghost");
      history.add(asked);
      history.add(
          HistoryEvent.of(end, "ghost", 1, Operation.RECEIVE, Phase.OK).with(again).build());
      assertThat(checker.check(history))
          .as("seed %d", seed)
          .extracting(Finding::invariant)
          .contains(Invariant.I3);
      tried++;
    }
    assertThat(tried).isGreaterThan(250);
  }

  /** Pretends that a message was acknowledged of which nothing else is known. */
  @Test
  void generatedHistoryWithALostMessageFails() {
    for (long seed = 1; seed <= 300; seed++) {
      List<HistoryEvent> history = new ArrayList<>(LegalHistory.of(seed));
      HistoryEvent any = any(history, Operation.SEND, Phase.OK, new Random(seed));
      assertThat(any).isNotNull();
      Map<Field, String> lost = new HashMap<>(any.fields());
      lost.put(Field.MESSAGE, "lost");
      lost.put(Field.OUTCOME, "ENQUEUED");
      lost.keySet().removeAll(Set.of(Field.TTL, Field.KEY, Field.DUE));
      history.removeIf(event -> event.operation() == Operation.PURGE);
      history.add(
          0, HistoryEvent.of(0, "ghost", 1, Operation.SEND, Phase.INVOKE).with(lost).build());
      history.add(1, HistoryEvent.of(0, "ghost", 1, Operation.SEND, Phase.OK).with(lost).build());
      assertThat(checker.check(history))
          .as("seed %d", seed)
          .extracting(Finding::invariant)
          .contains(Invariant.I1);
    }
  }

  /**
   * Pretends that one of a session's messages was never delivered first, by swapping two sequence
   * numbers.
   */
  @Test
  void generatedHistoryWithTwoNumbersSwappedInASessionFails() {
    int tried = 0;
    for (long seed = 1; seed <= 300; seed++) {
      List<HistoryEvent> history = new ArrayList<>(LegalHistory.of(seed));
      history.removeIf(event -> event.operation() == Operation.PURGE);
      String[] numbers = twoFirstDeliveriesOfOneAnswer(history);
      if (numbers == null) {
        continue;
      }
      List<HistoryEvent> swapped = new ArrayList<>();
      for (HistoryEvent event : history) {
        String number = event.get(Field.SEQUENCE);
        boolean first = event.text(Field.QUEUE).equals("ordered") && numbers[0].equals(number);
        boolean second = event.text(Field.QUEUE).equals("ordered") && numbers[1].equals(number);
        swapped.add(
            !first && !second
                ? event
                : HistoryEvent.of(
                        event.time(),
                        event.process(),
                        event.call(),
                        event.operation(),
                        event.phase())
                    .with(event.fields())
                    .with(Field.SEQUENCE, first ? numbers[1] : numbers[0])
                    .build());
      }
      assertThat(checker.check(swapped))
          .as("seed %d", seed)
          .extracting(Finding::invariant)
          .contains(Invariant.I4);
      tried++;
    }
    assertThat(tried).isGreaterThan(50);
  }

  private static String[] twoFirstDeliveriesOfOneAnswer(List<HistoryEvent> history) {
    HistoryEvent previous = null;
    for (HistoryEvent event : history) {
      if (event.operation() == Operation.CRASH) {
        return null;
      }
      boolean delivery =
          event.operation() == Operation.RECEIVE
              && event.phase() == Phase.OK
              && event.text(Field.QUEUE).equals("ordered")
              && !event.flag(Field.DEAD)
              && event.number(Field.ATTEMPT, 0) == 1;
      if (delivery
          && previous != null
          && previous.process().equals(event.process())
          && previous.call() == event.call()
          && acknowledged(history, previous)
          && acknowledged(history, event)
          && sentWithoutLife(history, previous)
          && sentWithoutLife(history, event)) {
        return new String[] {previous.text(Field.SEQUENCE), event.text(Field.SEQUENCE)};
      }
      previous = delivery ? event : null;
    }
    return null;
  }

  private static boolean acknowledged(List<HistoryEvent> history, HistoryEvent message) {
    for (HistoryEvent event : history) {
      if (event == message) {
        return false;
      }
      if (event.operation() == Operation.SEND
          && event.phase() == Phase.OK
          && event.text(Field.PAYLOAD).equals(message.text(Field.PAYLOAD))
          && event.text(Field.SEQUENCE).equals(message.text(Field.SEQUENCE))) {
        return true;
      }
    }
    return false;
  }

  private static boolean sentWithoutLife(List<HistoryEvent> history, HistoryEvent message) {
    return history.stream()
        .noneMatch(
            event ->
                event.operation() == Operation.SEND
                    && event.text(Field.PAYLOAD).equals(message.text(Field.PAYLOAD))
                    && event.has(Field.TTL));
  }

  private static HistoryEvent any(
      List<HistoryEvent> history, Operation operation, Phase phase, Random random) {
    List<HistoryEvent> found =
        history.stream()
            .filter(event -> event.operation() == operation && event.phase() == phase)
            .toList();
    return found.isEmpty() ? null : found.get(random.nextInt(found.size()));
  }
}
