package io.queueruntime.history;

import java.util.List;

/**
 * One broken promise. Immutable.
 *
 * @param invariant which one was broken
 * @param sentence what is wrong, in words
 * @param events the events that show it, in the order of the history
 */
public record Finding(Invariant invariant, String sentence, List<HistoryEvent> events) {

  public Finding {
    events = List.copyOf(events);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(invariant).append(" (").append(invariant.promise()).append("): ").append(sentence);
    events.forEach(event -> text.append("\n    ").append(event));
    return text.toString();
  }
}
