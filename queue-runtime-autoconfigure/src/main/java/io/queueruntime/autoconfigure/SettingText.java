package io.queueruntime.autoconfigure;

import java.time.Duration;
import java.util.Locale;

/** Values as they are written in a configuration. Stateless. */
public final class SettingText {

  private SettingText() {}

  /** E.g. {@code 90s}, {@code 5m} or {@code 24h}. */
  public static String of(Duration duration) {
    long seconds = duration.toSeconds();
    if (!duration.equals(Duration.ofSeconds(seconds))) {
      return duration.toMillis() + "ms";
    } else if (seconds == 0 || seconds % 60 != 0) {
      return seconds + "s";
    } else if (seconds % 3_600 != 0) {
      return seconds / 60 + "m";
    }
    return seconds % 86_400 == 0 ? seconds / 86_400 + "d" : seconds / 3_600 + "h";
  }

  /** E.g. {@code managed-identity}. */
  public static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
