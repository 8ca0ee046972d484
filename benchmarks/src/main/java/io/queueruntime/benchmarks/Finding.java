package io.queueruntime.benchmarks;

import org.jspecify.annotations.Nullable;

/**
 * One line of what was found. Immutable.
 *
 * @param what was looked at
 * @param found with its unit
 * @param goal what was to be reached; blank where nothing was
 * @param met null without a goal
 */
record Finding(String what, String found, String goal, @Nullable Boolean met) {

  static Finding of(String what, String found) {
    return new Finding(what, found, "", null);
  }

  static Finding atMost(String what, double found, double most, String unit) {
    return new Finding(
        what, number(found) + " " + unit, "≤ " + number(most) + " " + unit, found <= most);
  }

  static Finding atLeast(String what, double found, double least, String unit) {
    return new Finding(
        what, number(found) + " " + unit, "≥ " + number(least) + " " + unit, found >= least);
  }

  String line() {
    String verdict = met == null ? "" : met ? "pass" : "MISS";
    return "| %s | %s | %s | %s |".formatted(what, found, goal, verdict);
  }

  private static String number(double value) {
    return value >= 100 || value == Math.rint(value)
        ? "%,.0f".formatted(value)
        : "%.2f".formatted(value);
  }
}
