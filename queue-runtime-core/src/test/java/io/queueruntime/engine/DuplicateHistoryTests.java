package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DuplicateHistoryTests {

  @Test
  void anIdIsKnownUntilItsWindowEnds() {
    DuplicateHistory history = new DuplicateHistory();
    history.remember(DuplicateHistory.hash("a"), 100);

    assertThat(history.contains(DuplicateHistory.hash("a"), 99)).isTrue();
    assertThat(history.contains(DuplicateHistory.hash("b"), 99)).isFalse();
    assertThat(history.contains(DuplicateHistory.hash("a"), 100)).isFalse();
    assertThat(history.size()).isZero();
  }

  @Test
  void anIdThatEndedIsUnknownBehindAnOlderOneThatHasNot() {
    DuplicateHistory history = new DuplicateHistory();
    history.remember(DuplicateHistory.hash("of a long window"), 1000);
    history.remember(DuplicateHistory.hash("of a shorter one"), 100);

    assertThat(history.contains(DuplicateHistory.hash("of a shorter one"), 99)).isTrue();
    assertThat(history.contains(DuplicateHistory.hash("of a shorter one"), 100)).isFalse();
    assertThat(history.contains(DuplicateHistory.hash("of a long window"), 100)).isTrue();

    history.remember(DuplicateHistory.hash("of a shorter one"), 200);
    assertThat(history.contains(DuplicateHistory.hash("of a shorter one"), 199)).isTrue();
  }

  @Test
  void rememberingTwiceKeepsOneEntry() {
    DuplicateHistory history = new DuplicateHistory();
    history.remember(DuplicateHistory.hash("a"), 100);
    history.remember(DuplicateHistory.hash("a"), 200);

    assertThat(history.size()).isEqualTo(1);
    assertThat(history.contains(DuplicateHistory.hash("a"), 150)).isTrue();
  }

  @Test
  void hashesThatFallIntoOnePlaceAreToldApartThroughGrowthAndRemoval() {
    for (long seed = 0; seed < 100; seed++) {
      Random random = new Random(seed);
      DuplicateHistory history = new DuplicateHistory();
      ArrayDeque<DuplicateHistory.Hash> order = new ArrayDeque<>();
      Set<DuplicateHistory.Hash> known = new HashSet<>();
      ArrayDeque<Long> ends = new ArrayDeque<>();
      long now = 0;
      for (int step = 0; step < 400; step++) {
        // Few high bits: most hashes collide in the table.
        DuplicateHistory.Hash hash =
            new DuplicateHistory.Hash(random.nextInt(8), random.nextInt(60));
        now += random.nextInt(3);
        while (!ends.isEmpty() && ends.peek() <= now) {
          ends.remove();
          known.remove(order.remove());
        }
        assertThat(history.contains(hash, now))
            .as("seed %d step %d", seed, step)
            .isEqualTo(known.contains(hash));
        if (known.add(hash)) {
          history.remember(hash, now + 50);
          order.add(hash);
          ends.add(now + 50);
        }
        assertThat(history.size()).isEqualTo(known.size());
      }
    }
  }
}
