package io.queueruntime.provider;

/**
 * One thing that not every broker can do. Asking for a missing one fails at start, or with {@code
 * UnsupportedCapability}.
 */
public enum Capability {
  SESSIONS("sessions"),
  /** Without it only listed sessions can be used. */
  ACCEPT_NEXT_SESSION("accepting whichever session has messages"),
  SESSION_STATE("session state"),
  /** Without it the broker holds the delivery as long as the connection lives. */
  RENEW_LOCK("extending a lock while a handler runs"),
  SCHEDULE("scheduled messages"),
  CANCEL_SCHEDULED("cancelling scheduled messages"),
  /** Without it a peek does not show them, and statistics say 0. */
  SCHEDULED_VISIBLE("looking at scheduled messages and counting them"),
  TIME_TO_LIVE("messages that expire"),
  /**
   * Dead-lettering an expired message at its time, wherever it stands and though nobody receives;
   * without it that happens when it would be received.
   */
  EXPIRY_ON_TIME("expiring messages while nobody receives"),
  /** Time window on the message id. */
  DUPLICATE_DETECTION("duplicate detection"),
  /**
   * Telling a sender that its message was a duplicate, and remembering only ids that callers gave;
   * without it the broker drops the copy and says it was sent.
   */
  DUPLICATE_OUTCOME("telling a sender of a duplicate"),
  DEDUPLICATION_KEY("replacing a waiting message by key"),
  DEFER("deferred messages"),
  PEEK("looking at messages without taking them"),
  /**
   * Without it a count may be wrong after the process that had the message has ended; what each
   * provider counts then, its words say.
   */
  EXACT_DELIVERY_COUNT("delivery counts that outlive the process that counts"),
  /** To its own place among the others. */
  ABANDON_WITH_DELAY("giving a message back with a delay"),
  DEAD_LETTER_REPLAY("sending dead letters again"),
  ATOMIC_BATCH("batches that are taken whole or not at all"),
  STATISTICS("statistics"),
  /**
   * How many messages are locked, how many are deferred, and how many sessions there are; without
   * it these are 0, the size may be, and deferred messages count as active.
   */
  DETAILED_STATISTICS("statistics of locks, deferrals and sessions"),
  CAPACITY("a limit on the messages of a queue"),
  AUTO_DELETE_ON_IDLE("a queue that deletes itself when idle");

  private final String title;

  Capability(String title) {
    this.title = title;
  }

  /** What it is, in the words of a sentence. */
  public String title() {
    return title;
  }
}
