package io.queueruntime.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What is measured and for how long, from the command line. Immutable.
 *
 * @param directory where the files go; each measurement gets a new one in it and takes it away
 *     again
 * @param durability {@code fsync}, {@code os} or {@code memory}: what an acknowledgement promises
 * @param rounds how often each cell is measured; the median counts
 * @param warmup time before the measurement, in each round
 * @param time of one measurement
 * @param callers numbers of threads that call at once
 * @param sizes of bodies, in bytes
 * @param workloads which of {@code send}, {@code receive}, {@code end-to-end}
 * @param only what the names of the subjects contain; every name contains nothing
 */
record Settings(
    Path directory,
    String durability,
    int rounds,
    Duration warmup,
    Duration time,
    List<Integer> callers,
    List<Integer> sizes,
    List<String> workloads,
    String only) {

  private static final String USAGE =
      """
      --directory=PATH                      where files go
      --durability=fsync|os|memory          what an acknowledgement promises
      --rounds=3 --warmup=1s --time=2s      medians of so many rounds
      --callers=1,8,64 --sizes=100,1024     threads, bytes
      --workloads=send,receive,end-to-end
      --only=TEXT                           subjects whose name contains that
      """;

  static Settings parse(String[] arguments) {
    Map<String, String> given = new LinkedHashMap<>();
    given.put("directory", "queue-data");
    given.put("durability", "fsync");
    given.put("rounds", "3");
    given.put("warmup", "1s");
    given.put("time", "2s");
    given.put("callers", "1,8,64");
    given.put("sizes", "100,1024");
    given.put("workloads", "send,receive,end-to-end");
    given.put("only", "");
    for (String argument : arguments) {
      String[] parts = argument.replaceFirst("^--", "").split("=", 2);
      if (parts.length != 2 || given.replace(parts[0], parts[1]) == null) {
        throw new IllegalArgumentException(
            "Cannot read the argument '" + argument + "'. Known are:\n" + USAGE);
      }
    }
    if (!List.of("fsync", "os", "memory").contains(given.get("durability"))) {
      throw new IllegalArgumentException(
          "No durability '" + given.get("durability") + "'. Known are:\n" + USAGE);
    }
    return new Settings(
        Path.of(given.get("directory")),
        given.get("durability"),
        Integer.parseInt(given.get("rounds")),
        duration(given.get("warmup")),
        duration(given.get("time")),
        numbers(given.get("callers")),
        numbers(given.get("sizes")),
        List.of(given.get("workloads").split(",")),
        given.get("only"));
  }

  String describe() {
    return ("durability %s, medians of %d x %d ms after %d ms of warm-up; messages a second,"
            + " share of the ceiling in brackets, then p50 / p99 in microseconds")
        .formatted(durability, rounds, time.toMillis(), warmup.toMillis());
  }

  private static Duration duration(String value) {
    return Duration.parse("PT" + value.toUpperCase(Locale.ROOT));
  }

  private static List<Integer> numbers(String value) {
    return Arrays.stream(value.split(",")).map(Integer::valueOf).toList();
  }
}
