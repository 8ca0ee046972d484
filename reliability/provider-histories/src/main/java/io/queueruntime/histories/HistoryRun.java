package io.queueruntime.histories;

import io.queueruntime.history.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Senders and listeners on a broker that is killed and restarted, cut off, and left by its
 * consumers while they work; all they ask and hear is written down, and held against the promises.
 * Exits with 1 when one was broken.
 */
public final class HistoryRun {

  private HistoryRun() {}

  public static void main(String[] arguments) throws Exception {
    boolean kept = run(RunOptions.parse(arguments)).isEmpty();
    System.exit(kept ? 0 : 1);
  }

  /** Runs, prints what happened, and returns the broken promises. */
  static List<Finding> run(RunOptions options) throws Exception {
    clear(options.directory());
    Files.createDirectories(options.directory());
    System.out.printf(
        "%s, %,d messages in parts of %,d, a fault every %d s, seed %d%n",
        options.provider(),
        options.messages(),
        options.part(),
        options.faultEvery().toSeconds(),
        options.seed());
    Map<Part.Fault, Integer> faults = new EnumMap<>(Part.Fault.class);
    double seconds = 0;
    int sent = 0;
    try (Broker broker =
        Broker.start(options.provider(), options.directory().resolve(options.provider()))) {
      for (int number = 1; sent < options.messages(); number++) {
        int messages = Math.min(options.part(), options.messages() - sent);
        Part.Verdict verdict = new Part(options, broker, number).run(messages);
        sent += messages;
        seconds += verdict.time().toMillis() / 1e3;
        verdict.faults().forEach((fault, times) -> faults.merge(fault, times, Integer::sum));
        System.out.printf(
            "part %d: %,d messages, %,d deliveries, %,d events, %.0f/s sent, %s: %s%n",
            number,
            messages,
            verdict.deliveries(),
            verdict.events(),
            messages * 1e3 / verdict.time().toMillis(),
            verdict.faults(),
            verdict.findings().isEmpty() ? "every promise kept" : "BROKEN");
        if (!verdict.findings().isEmpty()) {
          verdict.findings().stream().limit(20).forEach(System.out::println);
          return verdict.findings();
        }
        clear(options.directory().resolve("part-" + number));
      }
    }
    System.out.printf(
        "%,d messages in %.0f s (%.0f/s), %s: every promise kept%n",
        sent, seconds, sent / seconds, faults);
    clear(options.directory());
    return List.of();
  }

  private static void clear(Path directory) throws IOException {
    if (Files.exists(directory)) {
      try (Stream<Path> all = Files.walk(directory)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}
