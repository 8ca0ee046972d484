package io.queueruntime.servicebus.emulator.entity;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/** Durations as Service Bus writes them: ISO 8601 with days and up to 7 decimals of a second. */
final class XmlDuration {

  /** .NET's longest time span; Service Bus writes it for "never" and "unlimited". */
  static final Duration NEVER = Duration.parse("P10675199DT2H48M5.4775807S");

  /** Azure's client for Java says "never" in whole milliseconds, and a bit less of them. */
  private static final Duration NEARLY_NEVER = NEVER.minusSeconds(1);

  private XmlDuration() {}

  static Optional<Duration> parse(String text) {
    try {
      Duration parsed = Duration.parse(text.strip());
      return Optional.of(parsed.compareTo(NEARLY_NEVER) > 0 ? NEVER : parsed);
    } catch (DateTimeParseException | ArithmeticException e) {
      return Optional.empty();
    }
  }

  static String format(Duration duration) {
    if (duration.isZero() || duration.isNegative()) {
      return duration.toString();
    }
    StringBuilder text = new StringBuilder("P");
    if (duration.toDays() > 0) {
      text.append(duration.toDays()).append('D');
    }
    Duration rest = duration.minusDays(duration.toDays());
    // Of a duration under a day, the JDK writes hours, minutes and seconds as Service Bus does.
    return rest.isZero() ? text.toString() : text + rest.toString().substring(1);
  }
}
