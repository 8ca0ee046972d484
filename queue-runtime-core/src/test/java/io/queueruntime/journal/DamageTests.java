package io.queueruntime.journal;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * One place of a journal is damaged: nothing wrong is read, and nothing valid behind the damage is
 * given up in silence. {@code -Dqueue-runtime.damage.seeds=n} sets how many seeds there are, {@code
 * -Dqueue-runtime.damage.from=n} the first.
 */
class DamageTests {

  @Test
  void damageIsNamedOrDoesNotMatter() {
    long from = Long.getLong("queue-runtime.damage.from", 1);
    long seeds = Long.getLong("queue-runtime.damage.seeds", 3_000);
    LongStream.range(from, from + seeds).forEach(DamageRun::run);
    System.out.printf(
        "RIG damage seeds=%d-%d cycles=%d violations=0%n", from, from + seeds - 1, seeds);
  }
}
