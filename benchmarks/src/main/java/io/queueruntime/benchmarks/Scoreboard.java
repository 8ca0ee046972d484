package io.queueruntime.benchmarks;

import io.queueruntime.benchmarks.Row.Goal;
import io.queueruntime.benchmarks.Row.Measure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Measures the embedded provider beside what bounds it, bare journals, and beside Artemis embedded,
 * and prints for each kind of work the ratio, the goal and whether it is met. All that do the same
 * work take turns in every round, after a round that warms them up; the ratio is the median of the
 * rounds' ratios, so that what else happens on the machine meets all of them alike.
 */
public final class Scoreboard {

  private static final String USAGE =
      """
      --directory=PATH                          where files go
      --rounds=3 --warmup=0.5s --time=1.5s      medians of so many rounds
      --durability=fsync|os                     what an acknowledgement promises, but in the last row
      --rows=TEXT,TEXT                          only work whose name contains one of them
      """;

  private final Path directory;
  private final int rounds;
  private final Duration warmup;
  private final Duration time;
  private int met;
  private int judged;

  private Scoreboard(Map<String, String> given) {
    directory = Path.of(Objects.requireNonNull(given.get("directory")));
    rounds = Integer.parseInt(given.get("rounds"));
    warmup = duration(Objects.requireNonNull(given.get("warmup")));
    time = duration(Objects.requireNonNull(given.get("time")));
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, String> given = new LinkedHashMap<>();
    given.put("directory", "queue-data");
    given.put("durability", "fsync");
    given.put("rounds", "3");
    given.put("warmup", "0.5s");
    given.put("time", "1.5s");
    given.put("rows", "");
    for (String argument : arguments) {
      String[] parts = argument.replaceFirst("^--", "").split("=", 2);
      if (parts.length != 2 || given.replace(parts[0], parts[1]) == null) {
        throw new IllegalArgumentException(
            "Cannot read the argument '" + argument + "'. Known are:\n" + USAGE);
      }
    }
    String durability = Objects.requireNonNull(given.get("durability"));
    String[] wanted = Objects.requireNonNull(given.get("rows")).split(",");
    List<Row> rows =
        rows(durability).stream()
            .filter(row -> Arrays.stream(wanted).anyMatch(row.name()::contains))
            .toList();
    if (rows.isEmpty()) {
      throw new IllegalArgumentException(
          "No such row; known are "
              + rows(durability).stream().map(Row::name).toList()
              + ".\n"
              + USAGE);
    }
    new Scoreboard(given).print(rows);
    System.exit(0);
  }

  /** The table of goals. */
  private static List<Row> rows(String durability) {
    List<Row> rows = new ArrayList<>();
    double[][] sends = {{1, 0.85, 2.5}, {8, 0.85, 2.5}, {64, 0.80, 4}};
    for (double[] send : sends) {
      rows.add(
          row("durable send", (int) send[0], 1024, durability, Embedded.send())
              .besideBest(List.of(Ceiling.send(false), Ceiling.send(true)), Measure.RATE, send[1])
              .beside(Artemis.send(), Measure.RATE, send[2]));
    }
    rows.add(
        row("pipelined send, 1,000 in flight", 1, 1024, durability, Embedded.pipelined())
            .beside(Ceiling.pipelined(), Measure.RATE, 0.70)
            .beside(Ceiling.pipelinedAndKept(), Measure.RATE, 0.70)
            .beside(Artemis.pipelined(), Measure.RATE, 5));
    double[][] receives = {{1, 0.80, 2}, {8, 0.80, 3}};
    for (double[] receive : receives) {
      rows.add(
          row("receive + durable complete", (int) receive[0], 1024, durability, Embedded.receive())
              .besideBest(
                  List.of(Ceiling.receive(false), Ceiling.receive(true)), Measure.RATE, receive[1])
              .beside(Artemis.receive(), Measure.RATE, receive[2]));
    }
    rows.add(
        row("send + receive + complete at once", 8, 1024, durability, Embedded.endToEnd())
            .besideBest(
                List.of(Ceiling.endToEnd(false), Ceiling.endToEnd(true)), Measure.RATE, 0.75)
            .beside(Artemis.endToEnd(), Measure.RATE, 3.5));
    for (int sessions : new int[] {8, 10_000}) {
      rows.add(
          row(
                  "%,d sessions, in order".formatted(sessions),
                  8,
                  1024,
                  durability,
                  new SessionTraffic(sessions))
              .beside(new SessionTraffic(0), Measure.RATE, 0.9));
    }
    Subject artemisHop = Artemis.idleHop();
    rows.add(
        row("hop through an idle queue", 1, 1024, durability, IdleHop.embedded())
            .beside(artemisHop, Measure.P50, 0.5)
            .beside(artemisHop, Measure.P99, 0.5));
    rows.add(
        row("@QueueListener + QueueTemplate", 8, 1024, durability, new SpringListeners())
            .beside(Embedded.endToEnd(), Measure.RATE, 0.85));
    rows.add(
        row("in memory, 1 + 1 pipelined, 100 B", 1, 100, "memory", Embedded.pipelinedThrough())
            .atLeast(1_000_000));
    return rows;
  }

  private static Row row(String name, int callers, int size, String durability, Subject ours) {
    String with = callers == 1 ? name : name + " × " + callers;
    return new Row(with, callers, size, durability, ours, List.of());
  }

  private void print(List<Row> rows) throws Exception {
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

  private static Duration duration(String value) {
    return Duration.parse("PT" + value.toUpperCase(Locale.ROOT));
  }
}
