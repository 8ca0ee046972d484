package io.queueruntime.history;

import java.util.Locale;

/** What an event may say beside its time, its process, its call and its operation. */
public enum Field {
  QUEUE,
  /** {@code true}: the queue's dead-letter queue is meant. */
  DEAD,
  SESSION,
  /** Which acceptance of the session the call goes by. */
  HOLD,
  /** The message's id. */
  MESSAGE,
  SEQUENCE,
  TOKEN,
  /** Delivery count, 1 on the first. */
  ATTEMPT,
  /**
   * A hash of body and headers; no two sends into one queue have the same id and hash, but for
   * retries of one send.
   */
  PAYLOAD,
  /** When a scheduled message is due, on the clock of the events. */
  DUE,
  /** Time to live in nanoseconds. */
  TTL,
  /** Nanoseconds an abandoned message stays away. */
  DELAY,
  /** Deduplication key. */
  KEY,
  /** {@code ENQUEUED}, {@code DUPLICATE} or {@code REPLACED}. */
  OUTCOME,
  /** Why the message is in the dead-letter queue. */
  REASON,
  /**
   * How many were found, moved, removed or counted; with a received message: how many came with it,
   * itself included.
   */
  COUNT,
  /** A hash of the session's state; absent: none. */
  STATE,
  /** {@code true}: fetched by its sequence number after it was deferred. */
  DEFERRED;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** The name in a line of the log. */
  String label() {
    return label;
  }
}
