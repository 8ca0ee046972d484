package io.queueruntime.message;

import java.util.Map;
import java.util.Set;

/**
 * What a settlement changes on a message's headers, or a replay on a dead letter's. Immutable.
 *
 * @param set headers to add or overwrite
 * @param remove headers to take away
 */
public record MessageEdits(Map<String, Object> set, Set<String> remove) {

  /** Nothing changes. */
  public static final MessageEdits NONE = new MessageEdits(Map.of(), Set.of());

  public MessageEdits {
    set = HeaderValues.copyOf(set);
    remove = Set.copyOf(remove);
  }

  public boolean isEmpty() {
    return set.isEmpty() && remove.isEmpty();
  }
}
