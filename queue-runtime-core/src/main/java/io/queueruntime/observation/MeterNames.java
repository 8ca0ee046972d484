package io.queueruntime.observation;

import java.util.Locale;

/** How enum constants are written as tag values. Thread-safe. */
final class MeterNames {

  private MeterNames() {}

  static String tagOf(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
