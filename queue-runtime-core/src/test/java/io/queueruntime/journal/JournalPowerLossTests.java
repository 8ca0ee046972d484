package io.queueruntime.journal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * What was flushed durable is there after the power was cut, in order, groups whole, nothing
 * invented; and the journal goes on from it. {@code -Djournal.seed=n} repeats one run, {@code
 * -Djournal.seeds=n} sets how many there are, {@code -Djournal.from=n} the first.
 */
class JournalPowerLossTests {

  private static final int SEEDS = Integer.getInteger("journal.seeds", 20_000);
  private static final long FROM = Long.getLong("journal.from", 0);
  private static final long ONLY = Long.getLong("journal.seed", -1);

  @Test
  void nothingForcedIsEverLost() {
    run(ForcePolicy.FORCE, SEEDS);
  }

  @Test
  void withoutForcingWhatAProcessWroteOutlivesItAndNoPowerCutMakesTheDirectoryUseless() {
    run(ForcePolicy.WRITE, SEEDS / 10);
  }

  private static void run(ForcePolicy policy, int seeds) {
    long first = ONLY < 0 ? FROM : ONLY;
    long end = ONLY < 0 ? FROM + seeds : ONLY + 1;
    long cuts = 0;
    for (long seed = first; seed < end; seed++) {
      PowerLossRun run = new PowerLossRun(seed, policy);
      try {
        run.run();
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(
            "Repeat with -Djournal.seed=" + seed + " (" + policy + "): " + e, e);
      }
      cuts += run.cuts;
    }
    assertThat(cuts).isPositive();
    System.out.printf(
        "RIG journal policy=%s seeds=%d-%d cycles=%d violations=0%n", policy, first, end - 1, cuts);
  }
}
