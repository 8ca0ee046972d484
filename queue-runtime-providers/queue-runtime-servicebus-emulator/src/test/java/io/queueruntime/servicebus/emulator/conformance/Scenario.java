package io.queueruntime.servicebus.emulator.conformance;

import java.util.List;
import java.util.Map;

/**
 * Something a client of Service Bus can rely on, as steps. Immutable.
 *
 * @param without stacks that cannot express it, each with the reason
 */
record Scenario(
    String file, String id, String title, List<Step> steps, Map<String, String> without) {

  @Override
  public String toString() {
    return id + " " + title;
  }
}
