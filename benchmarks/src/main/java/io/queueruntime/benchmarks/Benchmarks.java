package io.queueruntime.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Measures every subject in every cell, round by round and interleaved, so that what else happens
 * on the machine meets all of them alike, and prints the medians as Markdown.
 */
public final class Benchmarks {

  private static final Map<String, List<Subject>> WORKLOADS = new LinkedHashMap<>();

  static {
    WORKLOADS.put("send", List.of(Ceiling.send(false), Ceiling.send(true), Embedded.send()));
    WORKLOADS.put(
        "receive", List.of(Ceiling.receive(false), Ceiling.receive(true), Embedded.receive()));
    WORKLOADS.put(
        "end-to-end",
        List.of(
            Ceiling.endToEnd(false),
            Ceiling.endToEnd(true),
            Embedded.endToEnd(),
            new Listeners(false),
            new Listeners(true)));
  }

  private final Settings settings;

  private Benchmarks(Settings settings) {
    this.settings = settings;
  }

  public static void main(String[] arguments) throws Exception {
    Settings settings = Settings.parse(arguments);
    Files.createDirectories(settings.directory());
    System.out.printf("%s%n%s%n", Machine.facts(settings.directory()), settings.describe());
    for (String workload : settings.workloads()) {
      for (int size : settings.sizes()) {
        new Benchmarks(settings).table(workload, size);
      }
    }
    System.exit(0);
  }

  private void table(String workload, int size) throws Exception {
    if (!WORKLOADS.containsKey(workload)) {
      throw new IllegalArgumentException(
          "No workload '" + workload + "'; known are " + WORKLOADS.keySet() + ".");
    }
    List<Subject> subjects =
        WORKLOADS.get(workload).stream()
            .filter(subject -> subject.name().contains(settings.only()))
            .toList();
    if (subjects.isEmpty()) {
      return;
    }
    Map<Subject, List<Outcome>> medians = new LinkedHashMap<>();
    subjects.forEach(subject -> medians.put(subject, new ArrayList<>()));
    for (int callers : settings.callers()) {
      Map<Subject, List<Outcome>> rounds = new LinkedHashMap<>();
      for (int round = 0; round < settings.rounds(); round++) {
        for (int i = 0; i < subjects.size(); i++) {
          // Another one goes first in every round.
          Subject subject = subjects.get((i + round) % subjects.size());
          rounds
              .computeIfAbsent(subject, s -> new ArrayList<>())
              .add(measure(subject, callers, size));
        }
      }
      rounds.forEach(
          (subject, outcomes) ->
              Objects.requireNonNull(medians.get(subject)).add(Outcome.median(outcomes)));
    }
    print(workload, size, medians);
  }

  private Outcome measure(Subject subject, int callers, int size) throws Exception {
    Path directory = Files.createTempDirectory(settings.directory(), "cell");
    try {
      System.gc();
      return subject.measure(
          new Cell(
              callers, size, settings.durability(), settings.warmup(), settings.time(), directory));
    } finally {
      Directories.delete(directory);
    }
  }

  private void print(String workload, int size, Map<Subject, List<Outcome>> medians) {
    StringBuilder text =
        new StringBuilder(
            "%n**%s, %,d bytes, %s**%n%n| |".formatted(workload, size, settings.durability()));
    settings
        .callers()
        .forEach(
            callers -> text.append(" %d caller%s |".formatted(callers, callers == 1 ? "" : "s")));
    text.append("\n|---|").append("---|".repeat(settings.callers().size())).append('\n');
    medians.forEach(
        (subject, outcomes) -> {
          text.append("| ").append(subject.name()).append(" |");
          for (int i = 0; i < outcomes.size(); i++) {
            text.append(cell(outcomes.get(i), ceiling(medians, i)));
          }
          text.append('\n');
        });
    System.out.print(text);
  }

  /** The rate of the faster ceiling in that column; 0 when no ceiling was measured. */
  private static double ceiling(Map<Subject, List<Outcome>> medians, int column) {
    return medians.entrySet().stream()
        .filter(entry -> entry.getKey().name().startsWith("ceiling"))
        .mapToDouble(entry -> entry.getValue().get(column).perSecond())
        .max()
        .orElse(0);
  }

  private static String cell(Outcome outcome, double ceiling) {
    String share = ceiling == 0 ? "" : " (%.2f)".formatted(outcome.perSecond() / ceiling);
    return " %,.0f/s%s · %s / %s |"
        .formatted(
            outcome.perSecond(), share, micros(outcome.p50Nanos()), micros(outcome.p99Nanos()));
  }

  private static String micros(long nanos) {
    return nanos < 10_000 ? "%.1f".formatted(nanos / 1e3) : "%,.0f".formatted(nanos / 1e3);
  }
}
