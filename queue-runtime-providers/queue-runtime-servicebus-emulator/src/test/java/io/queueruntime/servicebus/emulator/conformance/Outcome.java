package io.queueruntime.servicebus.emulator.conformance;

import java.util.List;
import java.util.Map;

/**
 * What one step came to in one stack. Immutable.
 *
 * @param text a word, when it came to no messages
 * @param messages what was received or seen, each as named fields; null when the step is not about
 *     messages
 * @param detail what the client said of a failure, for whoever reads the report
 */
record Outcome(String text, List<Map<String, String>> messages, String detail) {

  static final Outcome OK = new Outcome("ok", null, "");

  static Outcome of(String text) {
    return new Outcome(text, null, "");
  }

  static Outcome messages(List<Map<String, String>> messages) {
    return new Outcome("", messages, "");
  }

  /** A time that a client was told, in milliseconds since 1970. */
  static Outcome time(long millis) {
    return new Outcome("time " + millis, null, "");
  }

  static Outcome error(String name, String detail) {
    return new Outcome("error:" + name, null, detail);
  }
}
