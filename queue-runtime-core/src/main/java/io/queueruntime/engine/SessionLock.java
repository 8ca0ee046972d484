package io.queueruntime.engine;

import java.util.LinkedHashSet;
import java.util.Set;

/** One holder's right to a session. Confined to the engine thread. */
final class SessionLock extends TimedLock {

  final Session session;
  final SessionHold hold;

  /** Unsettled deliveries, which end with it. */
  final Set<MessageLock> messages = new LinkedHashSet<>();

  SessionLock(Session session, SessionHold hold) {
    this.session = session;
    this.hold = hold;
  }
}
