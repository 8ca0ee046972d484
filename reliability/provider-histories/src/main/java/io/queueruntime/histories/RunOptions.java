package io.queueruntime.histories;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a run was told. Immutable.
 *
 * @param provider rabbitmq or kafka
 * @param messages of the whole run
 * @param part messages after which the queues are drained and the history is checked
 * @param seed of the messages' fates and the faults
 * @param faultEvery time between two faults
 * @param reach how long a fault may be felt; zero: as the provider has it
 * @param directory for the broker's data, the members' histories and logs
 */
record RunOptions(
    String provider,
    int messages,
    int part,
    long seed,
    Duration faultEvery,
    Duration reach,
    Path directory) {

  private static final String USAGE =
      """
      --provider=rabbitmq|kafka
      --messages=20000 --part=20000   messages; the history is checked after each part
      --fault-every=15s --seed=N      what happens, and when
      --reach=0s                      how long a fault may be felt; 0s: as the provider has it
      --directory=PATH                where data, histories and logs go
      """;

  static RunOptions parse(String... arguments) {
    Map<String, String> given = new LinkedHashMap<>();
    given.put("provider", "rabbitmq");
    given.put("messages", "20000");
    given.put("part", "20000");
    given.put("fault-every", "15s");
    given.put("reach", "0s");
    given.put("seed", String.valueOf(System.nanoTime() % 1_000_000));
    given.put("directory", "target/history");
    for (String argument : arguments) {
      String[] parts = argument.replaceFirst("^--", "").split("=", 2);
      if (parts.length != 2 || given.replace(parts[0], parts[1]) == null) {
        throw new IllegalArgumentException(
            "Cannot read the argument '" + argument + "'. Known are:\n" + USAGE);
      }
    }
    return new RunOptions(
        text(given, "provider"),
        Integer.parseInt(text(given, "messages")),
        Integer.parseInt(text(given, "part")),
        Long.parseLong(text(given, "seed")),
        Duration.parse("PT" + text(given, "fault-every")),
        Duration.parse("PT" + text(given, "reach")),
        Path.of(text(given, "directory")).toAbsolutePath());
  }

  private static String text(Map<String, String> given, String name) {
    return given.getOrDefault(name, "");
  }
}
