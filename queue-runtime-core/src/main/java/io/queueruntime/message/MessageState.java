package io.queueruntime.message;

/** Where a message stands in its queue, as a peek shows it. */
public enum MessageState {
  /** Waiting to be received, locked, or waiting out a back-off. */
  ACTIVE,
  /** Set aside; received only by its sequence number. */
  DEFERRED,
  /** Not due yet. */
  SCHEDULED,
  /** In the dead-letter queue. */
  DEAD_LETTERED
}
