package io.queueruntime.benchmarks;

import java.util.Comparator;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * What one measurement found. Immutable.
 *
 * @param perSecond messages
 * @param p50Nanos half of the calls, or hops, took no longer
 * @param p99Nanos 99 of 100 took no longer
 */
record Outcome(double perSecond, long p50Nanos, long p99Nanos) {

  static Outcome of(long count, long nanos, Histogram latencies) {
    return new Outcome(
        count * 1e9 / nanos,
        latencies.getValueAtPercentile(50),
        latencies.getValueAtPercentile(99));
  }

  /** The outcome of the round in the middle, by rate. */
  static Outcome median(List<Outcome> rounds) {
    List<Outcome> sorted =
        rounds.stream().sorted(Comparator.comparingDouble(Outcome::perSecond)).toList();
    return sorted.get(sorted.size() / 2);
  }
}
