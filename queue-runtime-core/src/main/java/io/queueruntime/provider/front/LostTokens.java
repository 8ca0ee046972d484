package io.queueruntime.provider.front;

import io.queueruntime.message.LockToken;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Tokens of locks that ended without being settled, to tell a late settlement from one that never
 * was right; the latest 10,000. Confined to its front's mutex.
 */
final class LostTokens {

  private static final int MAX = 10_000;

  private final Set<LockToken> tokens =
      Collections.newSetFromMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<LockToken, Boolean> eldest) {
              return size() > MAX;
            }
          });

  void add(LockToken token) {
    tokens.add(token);
  }

  boolean has(LockToken token) {
    return tokens.contains(token);
  }
}
