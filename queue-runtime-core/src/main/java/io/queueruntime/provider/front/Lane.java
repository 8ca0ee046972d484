package io.queueruntime.provider.front;

import io.queueruntime.message.LockToken;
import io.queueruntime.message.SessionId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Deliveries that stand in one line: all of a queue without sessions, or those of one session.
 *
 * <p>Confined to its front's mutex.
 */
final class Lane {

  final @Nullable SessionId session;

  /** Those nobody holds, by their places. */
  final TreeMap<Long, Holding> waiting = new TreeMap<>();

  final Map<LockToken, Holding> locked = new LinkedHashMap<>();
  final Deque<ReceiveWait> receives = new ArrayDeque<>();
  final Deque<AcceptWait> accepts = new ArrayDeque<>();
  @Nullable SessionHold hold;

  Lane(@Nullable SessionId session) {
    this.session = session;
  }

  boolean isUnused() {
    return hold == null
        && waiting.isEmpty()
        && locked.isEmpty()
        && receives.isEmpty()
        && accepts.isEmpty();
  }
}
