package io.queueruntime.engine;

import org.jspecify.annotations.Nullable;

/**
 * One session of a queue: its messages in order, what was stored with it, and who holds it.
 *
 * <p>Confined to the engine thread.
 */
final class Session extends Lane {

  private final String id;

  /** What a holder stored; durable. */
  byte @Nullable [] state;

  /** Who holds it now; nobody after a restart. */
  @Nullable SessionLock lock;

  /** Receivers that wait for exactly this session, the longest-waiting first. */
  private @Nullable Waits<AcceptWait<?>> acceptWaits;

  /** Stands in the queue's list of sessions to be accepted. */
  boolean offered;

  Session(QueueState queue, String id) {
    super(queue, true);
    this.id = id;
  }

  @Override
  String sessionId() {
    return id;
  }

  Waits<AcceptWait<?>> acceptWaits() {
    if (acceptWaits == null) {
      acceptWaits = new Waits<>();
    }
    return acceptWaits;
  }

  boolean hasAcceptWaits() {
    return acceptWaits != null && !acceptWaits.isEmpty();
  }

  @Override
  boolean isIdle() {
    return super.isIdle() && lock == null && state == null && !hasAcceptWaits();
  }
}
