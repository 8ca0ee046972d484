package io.queueruntime.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProgressTests {

  private final Progress progress = new Progress(10, "");

  @Test
  void nothingReadLeavesTheCommitWhereItWas() {
    assertThat(progress.committable()).isEqualTo(10);
    assertThat(progress.text()).isEmpty();
  }

  @Test
  void theCommitStaysAtTheFirstUnfinishedMessage() {
    read(10, 11, 12);

    progress.finish(11);

    assertThat(progress.committable()).isEqualTo(10);
    progress.finish(10);
    assertThat(progress.committable()).isEqualTo(12);
    progress.finish(12);
    assertThat(progress.committable()).isEqualTo(13);
    assertThat(progress.text()).isEmpty();
  }

  @Test
  void whatIsFinishedBehindAGapIsLeftOutByTheNextOne() {
    read(10, 11, 12, 13);
    progress.finish(11);
    progress.finish(13);

    Progress next = new Progress(progress.committable(), progress.text());

    assertThat(next.read(10)).isTrue();
    assertThat(next.read(11)).isFalse();
    assertThat(next.read(12)).isTrue();
    assertThat(next.read(13)).isFalse();
    assertThat(next.finishedBeyond()).isEqualTo(2);
  }

  @Test
  void offsetsThatHoldNoMessageAreNoGaps() {
    read(10);
    progress.readUpTo(20); // the end of a transaction stands there, or what was compacted away
    progress.finish(10);

    assertThat(progress.committable()).isEqualTo(20);
  }

  @Test
  void aForeignTextSaysNothing() {
    Progress foreign = new Progress(5, "somebody else's");

    assertThat(foreign.read(5)).isTrue();
    assertThat(foreign.finishedBeyond()).isZero();
  }

  @Test
  void itReadsNotFartherThanATextCanTell() {
    for (long offset = 10; !progress.isWide(); offset++) {
      progress.read(offset);
      if (offset > 10) {
        progress.finish(offset);
      }
    }

    assertThat(progress.text()).hasSizeBetween(1_000, 4_000);
    progress.finish(10);
    assertThat(progress.isWide()).isFalse();
    assertThat(progress.text()).isEmpty();
  }

  @Test
  void theTextStaysShortWhereManyOffsetsHoldNoMessage() {
    read(10, 11, 1_000_000);
    progress.finish(11);
    progress.finish(1_000_000);

    Progress next = new Progress(progress.committable(), progress.text());

    assertThat(progress.text()).hasSizeLessThan(4_096);
    assertThat(next.read(11)).isFalse();
    assertThat(next.read(1_000_000)).as("comes again rather than being lost").isTrue();
  }

  /**
   * In any order, with a hand-over at any time: each is handled until finished, and none is lost.
   */
  @Test
  void whateverIsHandedOverNothingFinishedComesAgainAndNothingIsLost() {
    for (int seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      Progress now = new Progress(0, "");
      Set<Long> finished = new HashSet<>();
      int end = 1 + random.nextInt(40);
      while (now.committable() < end) {
        List<Long> open = new ArrayList<>();
        for (long offset = now.committable(); offset < end; offset++) {
          assertThat(now.read(offset)).as("seed %d", seed).isEqualTo(!finished.contains(offset));
          if (!finished.contains(offset)) {
            open.add(offset);
          }
        }
        Collections.shuffle(open, random);
        for (long offset : open.subList(0, random.nextInt(open.size() + 1))) {
          now.finish(offset);
          finished.add(offset);
        }
        now = new Progress(now.committable(), now.text());
      }
      assertThat(finished).as("seed %d", seed).hasSize(end);
    }
  }

  private void read(long... offsets) {
    for (long offset : offsets) {
      assertThat(progress.read(offset)).isTrue();
    }
  }
}
