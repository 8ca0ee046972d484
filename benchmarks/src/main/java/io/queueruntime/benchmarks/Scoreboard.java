package io.queueruntime.benchmarks;

import io.queueruntime.benchmarks.Row.Measure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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

  private Scoreboard() {}

  public static void main(String[] arguments) throws Exception {
    Arguments given = Arguments.parse(arguments, Map.of("durability", "fsync"), USAGE);
    RowTable.of(given).print(given.chosen(rows(given.text("durability"))));
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
}
