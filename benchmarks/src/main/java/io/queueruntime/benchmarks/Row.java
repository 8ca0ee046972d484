package io.queueruntime.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * One kind of work on the scoreboard: who does it, and how ours must compare. Immutable.
 *
 * @param name of the work
 * @param callers see {@link Cell}
 * @param size of a body, in bytes
 * @param durability of all that do it
 * @param ours what is judged
 * @param goals at least one
 */
record Row(String name, int callers, int size, String durability, Subject ours, List<Goal> goals) {

  /** What is compared. */
  enum Measure {
    RATE {
      @Override
      double ratio(Outcome ours, Outcome others) {
        return ours.perSecond() / others.perSecond();
      }
    },
    P50 {
      @Override
      double ratio(Outcome ours, Outcome others) {
        return (double) ours.p50Nanos() / others.p50Nanos();
      }
    },
    P99 {
      @Override
      double ratio(Outcome ours, Outcome others) {
        return (double) ours.p99Nanos() / others.p99Nanos();
      }
    };

    abstract double ratio(Outcome ours, Outcome others);

    boolean met(double ratio, double bound) {
      return this == RATE ? ratio >= bound : ratio <= bound;
    }

    String bound(double bound) {
      return this == RATE ? "≥ %.2f".formatted(bound) : "%s ≤ %.2f".formatted(name(), bound);
    }
  }

  /**
   * How ours must compare with others; with the best of them where there are several.
   *
   * @param beside the others; none: the bound is a rate by itself
   */
  record Goal(List<Subject> beside, Measure measure, double bound) {}

  Row beside(Subject other, Measure measure, double bound) {
    return besideBest(List.of(other), measure, bound);
  }

  Row besideBest(List<Subject> others, Measure measure, double bound) {
    List<Goal> more = new ArrayList<>(goals);
    more.add(new Goal(others, measure, bound));
    return new Row(name, callers, size, durability, ours, List.copyOf(more));
  }

  Row atLeast(double perSecond) {
    return besideBest(List.of(), Measure.RATE, perSecond);
  }

  /** All that do the work, ours first. */
  Set<Subject> subjects() {
    Set<Subject> all = new LinkedHashSet<>();
    all.add(ours);
    goals.forEach(goal -> all.addAll(goal.beside()));
    return all;
  }
}
