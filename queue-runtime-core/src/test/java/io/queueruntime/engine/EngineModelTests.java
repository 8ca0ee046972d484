package io.queueruntime.engine;

import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * The engine and the model, given the same calls by chance, give the same answers.
 *
 * <p>{@code -Dqueue-runtime.seed=n} runs one seed, {@code -Dqueue-runtime.model.seeds=n} so many,
 * beginning with {@code -Dqueue-runtime.model.from=n}.
 */
class EngineModelTests {

  private static final int STEPS = 120;

  @Test
  void engineAnswersAsTheModelDoes() {
    Long only = Long.getLong("queue-runtime.seed");
    if (only != null) {
      ModelRun.run(only, STEPS);
      return;
    }
    AtomicLong first = new AtomicLong(Long.MAX_VALUE);
    long from = Long.getLong("queue-runtime.model.from", 1);
    long seeds = Long.getLong("queue-runtime.model.seeds", 3_000);
    LongStream.range(from, from + seeds)
        .parallel()
        .forEach(
            seed -> {
              if (seed < first.get()) {
                try {
                  ModelRun.run(seed, STEPS);
                } catch (AssertionError wrong) {
                  first.accumulateAndGet(seed, Math::min);
                }
              }
            });
    if (first.get() != Long.MAX_VALUE) {
      ModelRun.run(first.get(), STEPS);
    }
    System.out.printf(
        "RIG model seeds=%d-%d cycles=%d violations=0%n", from, from + seeds - 1, seeds * STEPS);
  }
}
