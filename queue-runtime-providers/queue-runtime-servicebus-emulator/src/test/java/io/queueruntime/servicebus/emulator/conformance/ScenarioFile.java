package io.queueruntime.servicebus.emulator.conformance;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads scenarios from their text. The language is described in {@code conformance/README.md} of
 * the test resources.
 */
final class ScenarioFile {

  static final List<String> FILES =
      List.of(
          "sending",
          "bodies",
          "receiving",
          "settling",
          "locks",
          "deadletters",
          "scheduling",
          "deferring",
          "peeking",
          "sessions",
          "session-locks",
          "expiry",
          "duplicates",
          "forwarding",
          "status",
          "transactions",
          "wire");

  private static final Pattern WORD = Pattern.compile("(?:\"[^\"]*\"|\\S)+");
  private static final Set<String> DURATIONS = Set.of("at", "ttl", "wait");

  private final String file;
  private final List<Scenario> scenarios = new ArrayList<>();
  private String id = "";
  private String title = "";
  private List<Step> steps = new ArrayList<>();
  private Map<String, String> without = new LinkedHashMap<>();

  private ScenarioFile(String file) {
    this.file = file;
  }

  /** All scenarios of all files. */
  static List<Scenario> all() {
    List<Scenario> all = new ArrayList<>();
    for (String file : FILES) {
      all.addAll(read(file, text(file)));
    }
    Set<String> ids = new HashSet<>();
    for (Scenario scenario : all) {
      if (!ids.add(scenario.id())) {
        throw new IllegalArgumentException("Two scenarios are called " + scenario.id() + ".");
      }
    }
    return all;
  }

  static List<Scenario> read(String file, String text) {
    ScenarioFile reading = new ScenarioFile(file);
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      String content = line.strip();
      if (content.startsWith("# ")) {
        reading.end();
        String[] heading = content.substring(2).split(" ", 2);
        reading.id = heading[0];
        reading.title = heading[1];
      } else if (content.startsWith("without ")) {
        String[] parts = content.substring("without ".length()).split(": ", 2);
        reading.without.put(parts[0], parts[1]);
      } else if (!content.isEmpty() && !content.startsWith("//")) {
        reading.steps.add(step(file, number, content));
      }
    }
    reading.end();
    return reading.scenarios;
  }

  private void end() {
    if (!steps.isEmpty()) {
      scenarios.add(new Scenario(file, id, title, List.copyOf(steps), Map.copyOf(without)));
    }
    steps = new ArrayList<>();
    without = new LinkedHashMap<>();
  }

  private static Step step(String file, int number, String line) {
    String[] sides = line.split(" -> ", 2);
    List<String> words = new ArrayList<>();
    Map<String, String> options = new LinkedHashMap<>();
    Matcher matcher = WORD.matcher(sides[0]);
    while (matcher.find()) {
      String word = matcher.group().replace("\"", "");
      int equals = word.indexOf('=');
      if (equals < 0) {
        words.add(word);
      } else {
        String name = word.substring(0, equals);
        String value = word.substring(equals + 1);
        options.put(name, DURATIONS.contains(name) ? millis(file, number, value) : value);
      }
    }
    return new Step(
        number,
        line,
        words.get(0),
        List.copyOf(words.subList(1, words.size())),
        Map.copyOf(options),
        expected(sides));
  }

  private static Map<String, String> expected(String[] sides) {
    Map<String, String> expected = new LinkedHashMap<>();
    if (sides.length == 2) {
      for (String part : sides[1].split(" \\| ")) {
        Matcher own = Pattern.compile("(java|js|proton): (.*)").matcher(part.strip());
        if (own.matches()) {
          expected.put(own.group(1), own.group(2).strip());
        } else {
          expected.put("", part.strip());
        }
      }
    }
    return Map.copyOf(expected);
  }

  /** {@code 500ms}, {@code 10s}, {@code 2m}, {@code 1h}, {@code 3d}, or an ISO duration. */
  static Duration duration(String text) {
    if (text.startsWith("P") || text.startsWith("-P")) {
      return Duration.parse(text);
    }
    Matcher parts = Pattern.compile("(-?\\d+)(ms|s|m|h|d)").matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("'" + text + "' is no duration.");
    }
    long amount = Long.parseLong(parts.group(1));
    return switch (parts.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      default -> Duration.ofDays(amount);
    };
  }

  private static String millis(String file, int number, String text) {
    try {
      return Long.toString(duration(text).toMillis());
    } catch (IllegalArgumentException wrong) {
      throw new IllegalArgumentException(file + ":" + number + ": " + wrong.getMessage(), wrong);
    }
  }

  private static String text(String file) {
    String name = "/conformance/" + file + ".txt";
    try (InputStream in = ScenarioFile.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("There is no " + name + ".");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
