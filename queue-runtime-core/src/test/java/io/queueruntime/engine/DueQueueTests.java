package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DueQueueTests {

  private static final class Item extends Due {}

  @Test
  void nothingIsTakenBeforeItIsDue() {
    DueQueue queue = new DueQueue(1000);
    queue.put(new Item(), 1500);

    assertThat(take(queue, 1499)).isEmpty();
    assertThat(take(queue, 1500)).hasSize(1);
    assertThat(queue.size()).isZero();
  }

  @Test
  void whatIsAddedLateIsDueAtOnce() {
    DueQueue queue = new DueQueue(1000);
    queue.put(new Item(), 3);

    assertThat(take(queue, 1000)).hasSize(1);
  }

  @Test
  void whatIsDueAtOneMomentComesInTheOrderInWhichItWasAdded() {
    DueQueue queue = new DueQueue(0);
    List<Due> items = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Item item = new Item();
      queue.put(item, 1_000_003);
      queue.put(new Item(), 1_000_000 + i);
      items.add(item);
    }
    take(queue, 999_999);
    take(queue, 1_000_002);

    assertThat(take(queue, 1_000_003)).filteredOn(items::contains).containsExactlyElementsOf(items);
  }

  @Test
  void movingAnItemForgetsItsFormerTime() {
    DueQueue queue = new DueQueue(0);
    Item item = new Item();
    queue.put(item, 10);
    queue.put(item, 50);

    assertThat(take(queue, 49)).isEmpty();
    assertThat(take(queue, 50)).containsExactly(item);
  }

  @Test
  void aClockThatGoesBackMakesNothingDueEarly() {
    DueQueue queue = new DueQueue(0);
    queue.put(new Item(), 100_000);
    assertThat(take(queue, 90_000)).isEmpty();
    queue.put(new Item(), 20_500); // the clock has been set back to 20 000

    assertThat(take(queue, 20_000)).isEmpty();
    assertThat(take(queue, 20_500)).hasSize(1);
    assertThat(take(queue, 100_000)).hasSize(1);
  }

  @Test
  void aLimitLeavesTheRestForTheNextCall() {
    DueQueue queue = new DueQueue(0);
    for (int i = 0; i < 10; i++) {
      queue.put(new Item(), i);
    }
    List<Due> taken = new ArrayList<>();

    assertThat(queue.takeDue(100, 4, taken::add)).isEqualTo(4);
    assertThat(queue.takeDue(100, 100, taken::add)).isEqualTo(6);
    assertThat(taken).extracting(item -> item.dueAt).isSorted();
  }

  @Test
  void veryManyAtOnceAreSpreadOutALittleAtATime() {
    DueQueue queue = new DueQueue(0);
    List<Due> expected = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      Item item = new Item();
      expected.add(item);
      queue.put(item, 3_600_000 + i / 10);
    }
    List<Due> taken = new ArrayList<>();
    assertThat(queue.takeDue(3_700_000, 10, taken::add)).isEqualTo(10);
    assertThat(taken).isEmpty();
    assertThat(queue.nextDueAtOrAfter()).isLessThanOrEqualTo(3_600_000);
    Item removed = new Item();
    queue.put(removed, 3_600_500);
    Item last = new Item();
    queue.put(last, 3_600_999);
    expected.add(last);
    queue.remove(removed);
    queue.remove(expected.remove(0));
    int calls = 0;
    while (queue.takeDue(3_700_000, 10, taken::add) == 10) {
      calls++;
    }
    assertThat(calls).isGreaterThan(1_000);
    assertThat(taken).containsExactlyElementsOf(expected);
    assertThat(queue.size()).isZero();
  }

  @Test
  void randomWorkInSmallPortionsKeepsTheOrder() {
    for (long seed = 0; seed < 100; seed++) {
      Random random = new Random(seed);
      DueQueue queue = new DueQueue(0);
      TreeMap<Long, List<Item>> present = new TreeMap<>();
      long now = 0;
      for (int step = 0; step < 200; step++) {
        for (int i = random.nextInt(60); i > 0; i--) {
          Item item = new Item();
          long dueAt = now + 1 + random.nextInt(1 << random.nextInt(20));
          queue.put(item, dueAt);
          present.computeIfAbsent(dueAt, at -> new ArrayList<>()).add(item);
        }
        now =
            Math.max(
                now,
                queue.nextDueAtOrAfter() == Long.MAX_VALUE ? now : now + random.nextInt(4_000));
        List<Due> taken = new ArrayList<>();
        int limit = 1 + random.nextInt(5);
        while (queue.takeDue(now, limit, taken::add) >= limit) {
          // There may be more.
        }
        List<Due> expected = new ArrayList<>();
        present.headMap(now, true).values().forEach(expected::addAll);
        present.headMap(now, true).clear();
        assertThat(taken).as("seed %d", seed).containsExactlyElementsOf(expected);
      }
    }
  }

  @Test
  void theNextTimeIsNeverAfterTheFirstItem() {
    DueQueue queue = new DueQueue(0);
    assertThat(queue.nextDueAtOrAfter()).isEqualTo(Long.MAX_VALUE);
    queue.put(new Item(), 777);
    assertThat(queue.nextDueAtOrAfter()).isPositive().isLessThanOrEqualTo(777);
  }

  @Test
  void randomWorkAgreesWithASortedMap() {
    for (long seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      DueQueue queue = new DueQueue(0);
      TreeMap<Long, List<Item>> expected = new TreeMap<>();
      List<Item> present = new ArrayList<>();
      long now = 0;
      for (int step = 0; step < 300; step++) {
        switch (random.nextInt(4)) {
          case 0, 1 -> {
            Item item = new Item();
            long dueAt =
                now + (random.nextBoolean() ? random.nextInt(50) : random.nextInt(5_000_000));
            queue.put(item, dueAt);
            present.add(item);
            expected.computeIfAbsent(dueAt, t -> new ArrayList<>()).add(item);
          }
          case 2 -> {
            if (!present.isEmpty()) {
              Item item = present.remove(random.nextInt(present.size()));
              expected.get(item.dueAt).remove(item);
              queue.remove(item);
            }
          }
          default -> {
            now += random.nextInt(4) == 0 ? random.nextInt(3_000_000) : random.nextInt(40);
            List<Item> due = new ArrayList<>();
            expected.headMap(now, true).values().forEach(due::addAll);
            expected.headMap(now, true).clear();
            present.removeAll(due);
            assertThat(take(queue, now))
                .as("seed %d", seed)
                .containsExactlyInAnyOrderElementsOf(due);
          }
        }
        assertThat(queue.size()).isEqualTo(present.size());
      }
    }
  }

  private static List<Due> take(DueQueue queue, long now) {
    List<Due> taken = new ArrayList<>();
    queue.takeDue(now, Integer.MAX_VALUE, taken::add);
    return taken;
  }
}
