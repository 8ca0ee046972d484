package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.queueruntime.engine.PowerLossRun.Tally;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongFunction;
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
 * many, beginning with {@code -Dqueue-runtime.power-loss.from=n}. {@code
 * -Dqueue-runtime.power-loss.brief=true} with it means the brief runs. {@code
 * -Dqueue-runtime.power-loss.scale=n} makes n times as many runs of both kinds as there are
 * otherwise.
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

  /** Runs of one short life: many more places to begin from in the same time. */
  private static final long BRIEF_SEEDS = 90_000;

  private static final int SCALE = Integer.getInteger("queue-runtime.power-loss.scale", 1);

  private static final boolean BRIEF = Boolean.getBoolean("queue-runtime.power-loss.brief");

  @Test
  void whatWasAcknowledgedSurvivesThePowerAndNothingHappensByHalves() {
    assumeFalse(BRIEF, "only brief runs were asked for");
    long seeds = run(SEEDS * SCALE, PowerLossRun::run, 5);
    assertThat(seeds).isPositive();
  }

  @Test
  void whatWasAcknowledgedSurvivesThePowerInShortLivesToo() {
    boolean some =
        Long.getLong("queue-runtime.seed") != null
            || Long.getLong("queue-runtime.power-loss.seeds") != null;
    assumeFalse(some && !BRIEF, "other runs were asked for");
    long seeds = run(BRIEF_SEEDS * SCALE, PowerLossRun::brief, 1);
    assertThat(seeds).isPositive();
  }

  /** Runs the seeds, the lowest that fails once more; returns how many there were. */
  private static long run(long standard, LongFunction<Tally> once, int leastCutsEach) {
    Long only = Long.getLong("queue-runtime.seed");
    if (only != null) {
      once.apply(only);
      return 1;
    }
    long seeds = Long.getLong("queue-runtime.power-loss.seeds", standard);
    long from = Long.getLong("queue-runtime.power-loss.from", 1);
    AtomicLong first = new AtomicLong(Long.MAX_VALUE);
    AtomicReference<Tally> all = new AtomicReference<>(new Tally(0, 0, 0));
    LongStream.range(from, from + seeds)
        .parallel()
        .forEach(
            seed -> {
              if (seed < first.get()) {
                try {
                  Tally one = once.apply(seed);
                  all.updateAndGet(sum -> sum.plus(one));
                } catch (AssertionError wrong) {
                  first.accumulateAndGet(seed, Math::min);
                }
              }
            });
    if (first.get() != Long.MAX_VALUE) {
      once.apply(first.get());
    }
    Tally tally = all.get();
    System.out.printf(
        "%d seeds from %d, %d power cuts, %d starts, %d damaged disks refused%n",
        seeds, from, tally.cuts(), tally.restarts(), tally.refusals());
    System.out.printf(
        "RIG power-loss seeds=%d-%d cycles=%d violations=0%n",
        from, from + seeds - 1, tally.cuts());
    assertThat(tally.cuts()).isGreaterThan(leastCutsEach * seeds);
    return seeds;
  }
}
