package io.queueruntime.engine;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import java.time.Instant;

/**
 * The right of one holder to one session: another one each time the session is accepted.
 *
 * <p>Thread-safe.
 */
public final class SessionHold {

  private final QueueName queue;
  private final SessionId sessionId;
  private final long number;
  private volatile Instant lockedUntil;

  SessionHold(QueueName queue, SessionId sessionId, long number, Instant lockedUntil) {
    this.queue = queue;
    this.sessionId = sessionId;
    this.number = number;
    this.lockedUntil = lockedUntil;
  }

  public QueueName queue() {
    return queue;
  }

  public SessionId sessionId() {
    return sessionId;
  }

  /** Tells this hold from every other one of the same engine. */
  long number() {
    return number;
  }

  /** Until when the session is held unless it is renewed; follows renewals. */
  public Instant lockedUntil() {
    return lockedUntil;
  }

  void lockedUntil(Instant until) {
    this.lockedUntil = until;
  }
}
