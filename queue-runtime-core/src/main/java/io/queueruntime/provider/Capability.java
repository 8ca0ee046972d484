package io.queueruntime.provider;

/**
 * One thing that not every broker can do. Asking for a missing one fails at start, or with {@code
 * UnsupportedCapability}.
 */
public enum Capability {
  SESSIONS,
  /** Accepting whichever session has messages; without it only listed sessions can be used. */
  ACCEPT_NEXT_SESSION,
  SESSION_STATE,
  /**
   * Extending a lock while a handler runs; without it the broker holds the delivery as long as the
   * connection lives.
   */
  RENEW_LOCK,
  SCHEDULE,
  CANCEL_SCHEDULED,
  TIME_TO_LIVE,
  /** Time window on the message id. */
  DUPLICATE_DETECTION,
  /**
   * Telling a sender that its message was a duplicate, and remembering only ids that callers gave;
   * without it the broker drops the copy and says it was sent.
   */
  DUPLICATE_OUTCOME,
  /** Replacing a pending message by key. */
  DEDUPLICATION_KEY,
  DEFER,
  PEEK,
  /** Giving a message back with a delay, to its own place. */
  ABANDON_WITH_DELAY,
  DEAD_LETTER_REPLAY,
  ATOMIC_BATCH,
  STATISTICS,
  /**
   * Statistics that also say how many messages are locked, how many are deferred, and how many
   * sessions there are; without it these are 0, and deferred messages count as active.
   */
  DETAILED_STATISTICS,
  CAPACITY,
  AUTO_DELETE_ON_IDLE
}
