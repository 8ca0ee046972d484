package io.queueruntime.servicebus.emulator.conformance;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes outcomes the way scenarios expect them: each message its id and the fields that the step
 * asks for, times as seconds from now.
 */
final class Seen {

  private static final Map<String, String> TIMES =
      Map.of("lockleft", "lockeduntil", "age", "enqueued", "expiresin", "expires", "due", "sched");

  private static final Pattern SECONDS = Pattern.compile("(?<=[= ])(-?\\d+)s\\b");

  /** Seconds by which rounding may make a difference. */
  private static final int ROUNDED = 1;

  private Seen() {}

  /**
   * Whether they are the same but for the time that a client took.
   *
   * @param took since the scenario began, and so at least since the broker told any time of it
   */
  static boolean same(String expected, String seen, Duration took) {
    long slow = took.toSeconds() + 1 + ROUNDED;
    Matcher wanted = SECONDS.matcher(expected);
    Matcher found = SECONDS.matcher(seen);
    while (wanted.find()) {
      if (!found.find()) {
        return false;
      }
      long early = Long.parseLong(wanted.group(1)) - Long.parseLong(found.group(1));
      if (early > slow || early < -ROUNDED) {
        return false;
      }
    }
    return SECONDS.matcher(expected).replaceAll("_").equals(SECONDS.matcher(seen).replaceAll("_"));
  }

  static String text(Step step, Outcome outcome, long nowMillis) {
    if (outcome.messages() == null) {
      return outcome.text().startsWith("time ")
          ? "in " + seconds(Long.parseLong(outcome.text().substring(5)), nowMillis)
          : outcome.text();
    }
    if (outcome.messages().isEmpty()) {
      return "none";
    }
    List<String> shown = new ArrayList<>();
    for (Map<String, String> message : outcome.messages()) {
      String id = message.getOrDefault("id", "?");
      StringBuilder text = new StringBuilder(id.matches("[0-9a-f]{32}") ? "<generated>" : id);
      if (step.options().containsKey("show")) {
        for (String field : step.options().get("show").split(",")) {
          text.append(' ').append(field).append('=').append(value(message, field, nowMillis));
        }
      }
      shown.add(text.toString());
    }
    return String.join(", ", shown);
  }

  private static String value(Map<String, String> message, String field, long nowMillis) {
    String time = TIMES.get(field);
    if (time != null) {
      String millis = message.get(time);
      return millis == null ? "-" : seconds(Long.parseLong(millis), nowMillis);
    }
    if (field.equals("size")) {
      return Integer.toString(message.getOrDefault("body", "").length());
    }
    if (field.equals("life")) {
      // One client computes it from two clocks.
      return Math.round(Long.parseLong(message.getOrDefault("ttl", "0")) / 1000.0) + "s";
    }
    if (field.equals("idlength")) {
      return Integer.toString(message.getOrDefault("id", "").length());
    }
    String value = message.get(field);
    return value == null || value.isEmpty() ? "-" : value;
  }

  private static String seconds(long millis, long nowMillis) {
    return Math.round((millis - nowMillis) / 1000.0) + "s";
  }
}
