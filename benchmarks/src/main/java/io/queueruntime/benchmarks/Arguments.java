package io.queueruntime.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a program that prints rows was told on its command line: {@code --name=value}, and defaults.
 * Immutable.
 */
final class Arguments {

  private final Map<String, String> given;
  private final String usage;

  private Arguments(Map<String, String> given, String usage) {
    this.given = given;
    this.usage = usage;
  }

  /**
   * Reads a command line.
   *
   * @param more names with their defaults, beside those that all programs know
   * @param usage what is said to who names something else
   * @throws IllegalArgumentException when a name is not known
   */
  static Arguments parse(String[] arguments, Map<String, String> more, String usage) {
    Map<String, String> given = new LinkedHashMap<>();
    given.put("directory", "queue-data");
    given.put("rounds", "3");
    given.put("warmup", "0.5s");
    given.put("time", "1.5s");
    given.put("rows", "");
    given.putAll(more);
    for (String argument : arguments) {
      String[] parts = argument.replaceFirst("^--", "").split("=", 2);
      if (parts.length != 2 || given.replace(parts[0], parts[1]) == null) {
        throw new IllegalArgumentException(
            "Cannot read the argument '" + argument + "'. Known are:\n" + usage);
      }
    }
    return new Arguments(Map.copyOf(given), usage);
  }

  String text(String name) {
    String value = given.get(name);
    if (value == null) {
      throw new IllegalArgumentException("No argument '" + name + "'. Known are:\n" + usage);
    }
    return value;
  }

  int number(String name) {
    return Integer.parseInt(text(name));
  }

  Duration duration(String name) {
    return Duration.parse("PT" + text(name).toUpperCase(Locale.ROOT));
  }

  /** Where files go. */
  Path directory() {
    return Path.of(text("directory"));
  }

  /**
   * The rows whose name contains one of the texts of {@code --rows}.
   *
   * @throws IllegalArgumentException when there are none
   */
  List<Row> chosen(List<Row> rows) {
    String[] wanted = text("rows").split(",");
    List<Row> chosen =
        rows.stream().filter(row -> Arrays.stream(wanted).anyMatch(row.name()::contains)).toList();
    if (chosen.isEmpty()) {
      throw new IllegalArgumentException(
          "No such row; known are " + rows.stream().map(Row::name).toList() + ".\n" + usage);
    }
    return chosen;
  }
}
