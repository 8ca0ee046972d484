package io.queueruntime.benchmarks;

import io.queueruntime.embedded.EmbeddedOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * How large it gets, from the command line. Immutable.
 *
 * @param directory where the files go
 * @param sizes of backlogs, ascending; the largest, but no more than a million, is also how many
 *     sessions, schedules and so on there are
 * @param rounds how often each rate is measured; the median counts
 * @param time of one measurement
 * @param minutes how long the heap is watched
 * @param durability {@code fsync} or {@code os}
 * @param curves which are drawn; all but the watched heap where nothing is said
 */
record ScaleSettings(
    Path directory,
    List<Integer> sizes,
    int rounds,
    Duration time,
    int minutes,
    String durability,
    List<String> curves) {

  static final String USAGE =
      """
      --directory=PATH
      --sizes=10000,100000,1000000     backlogs; 10000000 wants -Dbench.heap=4g and 5 GB of disk
      --rounds=3 --time=1s             medians of so many rounds
      --durability=fsync|os
      --curves=backlog,sessions,scheduled,churn,snapshots,allocation
                                       and heap, which takes --minutes=15
      """;

  static ScaleSettings parse(String[] arguments) {
    Map<String, String> given = new LinkedHashMap<>();
    given.put("directory", "queue-data");
    given.put("sizes", "10000,100000,1000000");
    given.put("rounds", "3");
    given.put("time", "1s");
    given.put("minutes", "15");
    given.put("durability", "fsync");
    given.put("curves", "backlog,sessions,scheduled,churn,snapshots,allocation");
    for (String argument : arguments) {
      String[] parts = argument.replaceFirst("^--", "").split("=", 2);
      if (parts.length != 2 || given.replace(parts[0], parts[1]) == null) {
        throw new IllegalArgumentException(
            "Cannot read the argument '" + argument + "'. Known are:\n" + USAGE);
      }
    }
    return new ScaleSettings(
        Path.of(value(given, "directory")),
        Arrays.stream(value(given, "sizes").split(",")).map(Integer::valueOf).sorted().toList(),
        Integer.parseInt(value(given, "rounds")),
        Duration.parse("PT" + value(given, "time").toUpperCase(Locale.ROOT)),
        Integer.parseInt(value(given, "minutes")),
        value(given, "durability"),
        List.of(value(given, "curves").split(",")));
  }

  private static String value(Map<String, String> given, String name) {
    return Objects.requireNonNull(given.get(name));
  }

  /** How many there are of what is counted in millions. */
  int many() {
    return Math.min(1_000_000, sizes.get(sizes.size() - 1));
  }

  Path newDirectory(String name) throws IOException {
    Files.createDirectories(directory);
    return Files.createTempDirectory(directory, name);
  }

  EmbeddedOptions options(Path own) {
    return EmbeddedOptions.in(own)
        .withDurability(EmbeddedOptions.Durability.valueOf(durability.toUpperCase(Locale.ROOT)));
  }
}
