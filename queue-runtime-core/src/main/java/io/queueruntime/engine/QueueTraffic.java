package io.queueruntime.engine;

import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who waits at one queue and what is held of it: nothing of this survives a restart.
 *
 * <p>Confined to the engine thread.
 */
final class QueueTraffic {

  private static final int MIN_OFFERS = 64;

  /** Runs out when the queue was not used for as long as its options allow. */
  final Idle idle;

  /** Senders held back by a full queue, in order. */
  final Waits<SendWait<?>> sendWaits = new Waits<>();

  /** Lanes of other queues that forward to this one, which was full. */
  final Set<Lane> heldForwards = new LinkedHashSet<>();

  /** Receivers that wait for any session. */
  final Waits<AcceptWait<?>> nextSessionWaits = new Waits<>();

  /**
   * Sessions that had a message to receive and no holder when they were added; looked at again when
   * taken.
   */
  private final ArrayDeque<Session> offered = new ArrayDeque<>();

  /** Stands in the list of queues that have room for those who wait for it. */
  boolean roomier;

  /** Messages held now, but for dead letters. */
  long locked;

  /** Dead letters held now. */
  long lockedDead;

  /** Sessions held now. */
  int heldSessions;

  /** When the queue was last used, in milliseconds of the ticker. */
  long lastUsed;

  QueueTraffic(QueueState queue) {
    this.idle = new Idle(queue);
  }

  /** The end of a queue's allowed idleness. */
  static final class Idle extends Due {
    final QueueState queue;

    Idle(QueueState queue) {
      this.queue = queue;
    }
  }

  /** Puts a session at the end of those to be accepted. */
  void offer(Session session) {
    if (!session.offered) {
      session.offered = true;
      offered.add(session);
      dropStale(session.queue);
    }
  }

  /**
   * Where sessions are only ever accepted by name nobody takes the offers, so those of sessions
   * long gone are dropped.
   */
  private void dropStale(QueueState queue) {
    if (offered.size() > MIN_OFFERS && offered.size() > 2 * queue.sessions.size()) {
      offered.removeIf(session -> queue.sessions.get(session.sessionId()) != session);
    }
  }

  /** Takes the session that has been waiting longest and still can be accepted. */
  @Nullable Session takeOffered(QueueState queue) {
    for (Session session = offered.poll(); session != null; session = offered.poll()) {
      session.offered = false;
      boolean current = queue.sessions.get(session.sessionId()) == session;
      if (current && session.lock == null && session.next() != null) {
        return session;
      }
    }
    return null;
  }
}
