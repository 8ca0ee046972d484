package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.queueruntime.engine.PowerLossRun.Tally;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * The power goes at moments chosen by chance; nothing that was acknowledged is lost or comes back,
 * and nothing that was not happens by halves.
 *
 * <p>{@code -Dqueue-runtime.seed=n} runs one seed, {@code -Dqueue-runtime.power-loss.seeds=n} so
 * many, beginning with {@code -Dqueue-runtime.power-loss.from=n}.
 */
class PowerLossTests {

  /** What is said of disks that are damaged by the thousand. */
  private static final Logger SAID = (Logger) LoggerFactory.getLogger("io.queueruntime");

  private static final Level LEVEL = SAID.getLevel();

  @BeforeAll
  static void beQuiet() {
    SAID.setLevel(Level.OFF);
  }

  @AfterAll
  static void speakAgain() {
    SAID.setLevel(LEVEL);
  }

  private static final long SEEDS = 12_000;

  @Test
  void whatWasAcknowledgedSurvivesThePowerAndNothingHappensByHalves() {
    Long only = Long.getLong("queue-runtime.seed");
    if (only != null) {
      PowerLossRun.run(only);
      return;
    }
    long seeds = Long.getLong("queue-runtime.power-loss.seeds", SEEDS);
    long from = Long.getLong("queue-runtime.power-loss.from", 1);
    AtomicLong first = new AtomicLong(Long.MAX_VALUE);
    AtomicReference<Tally> all = new AtomicReference<>(new Tally(0, 0, 0));
    LongStream.range(from, from + seeds)
        .parallel()
        .forEach(
            seed -> {
              if (seed < first.get()) {
                try {
                  Tally one = PowerLossRun.run(seed);
                  all.updateAndGet(sum -> sum.plus(one));
                } catch (AssertionError wrong) {
                  first.accumulateAndGet(seed, Math::min);
                }
              }
            });
    if (first.get() != Long.MAX_VALUE) {
      PowerLossRun.run(first.get());
    }
    Tally tally = all.get();
    System.out.printf(
        "%d seeds from %d, %d power cuts, %d starts, %d damaged disks refused%n",
        seeds, from, tally.cuts(), tally.restarts(), tally.refusals());
    assertThat(tally.cuts()).isGreaterThan(5 * seeds);
  }
}
