package io.queueruntime.history;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Collects findings, the first hundred of each invariant. Confined to one check. */
final class Findings {

  static final int MAX_OF_EACH = 100;

  private final List<Finding> found = new ArrayList<>();
  private final Map<Invariant, Integer> counts = new EnumMap<>(Invariant.class);

  void add(Invariant invariant, String sentence, List<HistoryEvent> events) {
    if (counts.merge(invariant, 1, Integer::sum) <= MAX_OF_EACH) {
      found.add(new Finding(invariant, sentence, events));
    }
  }

  List<Finding> all() {
    return List.copyOf(found);
  }
}
