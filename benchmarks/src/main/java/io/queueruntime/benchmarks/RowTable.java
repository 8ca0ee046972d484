package io.queueruntime.benchmarks;

import io.queueruntime.benchmarks.Row.Goal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Measures rows and prints for each the ratio, the goal and whether it is met. All that do the same
 * work take turns in every round, after a round that warms them up; the ratio is the median of the
 * rounds' ratios, so that what else happens on the machine meets all of them alike. Confined to one
 * thread.
 */
final class RowTable {

  private final Path directory;
  private final int rounds;
  private final Duration warmup;
  private final Duration time;
  private int met;
  private int judged;

  private RowTable(Path directory, int rounds, Duration warmup, Duration time) {
    this.directory = directory;
    this.rounds = rounds;
    this.warmup = warmup;
    this.time = time;
  }

  static RowTable of(Arguments given) {
    return new RowTable(
        given.directory(),
        given.number("rounds"),
        given.duration("warmup"),
        given.duration("time"));
  }

  /** Measures all rows, prints them line by line, and how many goals were met. */
  void print(List<Row> rows) throws Exception {
    Files.createDirectories(directory);
    System.out.printf(
        "%s%nmedians of %d rounds of %d ms; messages a second, p50 / p99 in microseconds, ratios with their range%n%n",
        Machine.facts(directory), rounds, time.toMillis());
    System.out.print(
        "| work | ours | beside it | does | ratio | goal | |\n|---|---|---|---|---|---|---|\n");
    for (Row row : rows) {
      Map<Subject, List<Outcome>> found = measure(row);
      row.goals().forEach(goal -> line(row, goal, found));
    }
    System.out.printf("%n%d of %d goals met%n", met, judged);
  }

  private Map<Subject, List<Outcome>> measure(Row row) throws Exception {
    List<Subject> subjects = List.copyOf(row.subjects());
    Map<Subject, List<Outcome>> found = new LinkedHashMap<>();
    for (int round = -1; round < rounds; round++) {
      for (int i = 0; i < subjects.size(); i++) {
        // Another one goes first in every round.
        Subject subject = subjects.get(Math.floorMod(i + round, subjects.size()));
        Outcome outcome = measure(row, subject, round < 0 ? time.dividedBy(2) : time);
        if (round >= 0) {
          found.computeIfAbsent(subject, s -> new ArrayList<>()).add(outcome);
        }
      }
    }
    return found;
  }

  private Outcome measure(Row row, Subject subject, Duration length) throws Exception {
    Path own = Files.createTempDirectory(directory, "row");
    try {
      System.gc();
      return subject.measure(
          new Cell(row.callers(), row.size(), row.durability(), warmup, length, own));
    } finally {
      Directories.delete(own);
    }
  }

  private void line(Row row, Goal goal, Map<Subject, List<Outcome>> found) {
    List<Outcome> ours = Objects.requireNonNull(found.get(row.ours()));
    Outcome median = Outcome.median(ours);
    boolean reached;
    String beside;
    if (goal.beside().isEmpty()) {
      reached = median.perSecond() >= goal.bound();
      beside = "– | | %.2f | ≥ %,.0f/s".formatted(median.perSecond() / goal.bound(), goal.bound());
    } else {
      Subject best =
          goal.beside().stream()
              .max(
                  Comparator.comparingDouble(
                      one -> Outcome.median(Objects.requireNonNull(found.get(one))).perSecond()))
              .orElseThrow();
      List<Outcome> others = Objects.requireNonNull(found.get(best));
      double[] ratios = new double[rounds];
      for (int i = 0; i < rounds; i++) {
        ratios[i] = goal.measure().ratio(ours.get(i), others.get(i));
      }
      Arrays.sort(ratios);
      double ratio = ratios[rounds / 2];
      reached = goal.measure().met(ratio, goal.bound());
      beside =
          "%s | %s | **%.2f** (%.2f–%.2f) | %s"
              .formatted(
                  best.name(),
                  show(Outcome.median(others)),
                  ratio,
                  ratios[0],
                  ratios[rounds - 1],
                  goal.measure().bound(goal.bound()));
    }
    judged++;
    met += reached ? 1 : 0;
    System.out.printf(
        "| %s | %s | %s | %s |%n", row.name(), show(median), beside, reached ? "pass" : "MISS");
  }

  private static String show(Outcome outcome) {
    return outcome.p99Nanos() == 0
        ? "%,.0f/s".formatted(outcome.perSecond())
        : "%,.0f/s · %,.0f / %,.0f"
            .formatted(outcome.perSecond(), outcome.p50Nanos() / 1e3, outcome.p99Nanos() / 1e3);
  }
}
