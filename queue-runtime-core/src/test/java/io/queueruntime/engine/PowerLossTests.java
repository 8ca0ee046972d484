package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * The power goes at moments chosen by chance; nothing that was acknowledged is lost or comes back,
 * and nothing that was not happens by halves.
 *
 * <p>{@code -Dqueue-runtime.seed=n} runs one seed, {@code -Dqueue-runtime.power-loss.seeds=n} so
 * many, beginning with {@code -Dqueue-runtime.power-loss.from=n}.
 */
class PowerLossTests {

  private static final long SEEDS = 100_000;

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
    AtomicLong cuts = new AtomicLong();
    LongStream.range(from, from + seeds)
        .parallel()
        .forEach(
            seed -> {
              if (seed < first.get()) {
                try {
                  cuts.addAndGet(PowerLossRun.run(seed));
                } catch (AssertionError wrong) {
                  first.accumulateAndGet(seed, Math::min);
                }
              }
            });
    if (first.get() != Long.MAX_VALUE) {
      PowerLossRun.run(first.get());
    }
    System.out.printf("%d seeds, %d power cuts%n", seeds, cuts.get());
    assertThat(cuts.get()).isGreaterThan(seeds);
  }
}
