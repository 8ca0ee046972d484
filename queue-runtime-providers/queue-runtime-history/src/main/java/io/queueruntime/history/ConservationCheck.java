package io.queueruntime.history;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * I10: whenever the queue was asked how many messages it holds, dead letters included, the answer
 * lies between those that were certainly there and those that may have been.
 */
final class ConservationCheck implements Check {

  /** When the messages of one queue came and went. */
  private static final class Lives {
    private final List<Integer> certainlyBorn = new ArrayList<>();
    private final List<Integer> maybeGone = new ArrayList<>();
    private final List<Integer> maybeBorn = new ArrayList<>();
    private final List<Integer> certainlyGone = new ArrayList<>();
  }

  @Override
  public void check(Ledger ledger, Findings findings) {
    List<Call> counts =
        ledger.calls.stream()
            .filter(call -> call.operation == Operation.COUNT && call.certain())
            .toList();
    if (counts.isEmpty()) {
      return;
    }
    Map<String, Lives> queues = new HashMap<>();
    for (Copy copy : ledger.copies()) {
      if (copy.born() != Integer.MAX_VALUE) {
        add(ledger, copy, queues.computeIfAbsent(copy.key.queue(), queue -> new Lives()));
      }
    }
    Map<String, int[][]> sorted = new HashMap<>();
    queues.forEach(
        (queue, lives) ->
            sorted.put(
                queue,
                new int[][] {
                  sort(lives.certainlyBorn),
                  sort(lives.maybeGone),
                  sort(lives.maybeBorn),
                  sort(lives.certainlyGone)
                }));
    for (Call count : counts) {
      int[][] lives = sorted.getOrDefault(count.question.text(Field.QUEUE), new int[4][0]);
      int low = below(lives[0], count.first) - below(lives[1], count.latest);
      int high = below(lives[2], count.latest) - below(lives[3], count.first);
      long said = count.count(-1);
      if (said < low || said > high) {
        findings.add(
            Invariant.I10,
            "queue '%s' says it holds %d messages where %d to %d are"
                .formatted(count.question.text(Field.QUEUE), said, low, high),
            List.of(count.answers.get(0)));
      }
    }
  }

  private static void add(Ledger ledger, Copy copy, Lives lives) {
    int maybeGone = Integer.MAX_VALUE;
    int certainlyGone = Integer.MAX_VALUE;
    for (Delivery delivery : copy.deliveries) {
      for (Call call : delivery.settlements) {
        if (call.operation == Operation.COMPLETE && call.possible()) {
          maybeGone = Math.min(maybeGone, call.first);
          certainlyGone = call.certain() ? Math.min(certainlyGone, call.latest) : certainlyGone;
        }
      }
    }
    for (Copy.Touch touch : copy.removals) {
      if (touch.possible()) {
        maybeGone = Math.min(maybeGone, touch.call().first);
        certainlyGone =
            touch.certain() ? Math.min(certainlyGone, touch.call().latest) : certainlyGone;
      }
    }
    for (Copy.Send send : ledger.replacements(copy)) {
      maybeGone = Math.min(maybeGone, send.call().first);
    }
    for (boolean dead : new boolean[] {false, true}) {
      for (Call purge : ledger.purges(copy.key.queue(), dead)) {
        if (purge.possible() && purge.latest > copy.born()) {
          maybeGone = Math.min(maybeGone, purge.first);
        }
      }
    }
    if (copy.sentNumber(Field.TTL, 0) > 0) {
      maybeGone =
          Math.min(
              maybeGone,
              ledger.firstAt(copy.bornTime() + copy.sentNumber(Field.TTL, 0) - ledger.slack()));
    }
    lives.maybeBorn.add(copy.born());
    lives.certainlyGone.add(certainlyGone);
    int certainlyBorn = certainlyBorn(copy);
    if (certainlyBorn < maybeGone) {
      lives.certainlyBorn.add(certainlyBorn);
      lives.maybeGone.add(maybeGone);
    }
  }

  private static int certainlyBorn(Copy copy) {
    int born = Integer.MAX_VALUE;
    for (Copy.Send send : copy.sends) {
      born = send.enqueued() ? Math.min(born, send.call().latest) : born;
    }
    for (Delivery delivery : copy.deliveries) {
      born = Math.min(born, delivery.index);
    }
    return born;
  }

  private static int[] sort(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).sorted().toArray();
  }

  private static int below(int[] sorted, int limit) {
    int at = Arrays.binarySearch(sorted, limit);
    if (at < 0) {
      return -at - 1;
    }
    while (at > 0 && sorted[at - 1] == limit) {
      at--;
    }
    return at;
  }
}
