package io.queueruntime.servicebus.emulator.conformance;

import java.util.List;
import java.util.Map;

/**
 * One line of a scenario: what is done, and what is to be seen then. Immutable.
 *
 * @param line where it stands in its file
 * @param text the line itself
 * @param words what follows the verb and is no option
 * @param expected what every stack sees, under the empty name; under a stack's name what that one
 *     sees instead
 */
record Step(
    int line,
    String text,
    String verb,
    List<String> words,
    Map<String, String> options,
    Map<String, String> expected) {

  String expectedOf(String stack) {
    return expected.getOrDefault(stack, expected.getOrDefault("", "ok"));
  }

  Step with(List<String> newWords, Map<String, String> newOptions) {
    return new Step(line, text, verb, newWords, newOptions, expected);
  }

  String option(String name, String otherwise) {
    return options.getOrDefault(name, otherwise);
  }

  int count(String name, int otherwise) {
    return Integer.parseInt(option(name, Integer.toString(otherwise)));
  }
}
