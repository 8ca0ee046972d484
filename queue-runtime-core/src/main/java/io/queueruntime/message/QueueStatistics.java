package io.queueruntime.message;

/**
 * How many messages a queue holds, at one moment. Immutable.
 *
 * <p>A provider without {@code DETAILED_STATISTICS} says 0 for what is locked, what is deferred and
 * the sessions, and counts deferred messages as active.
 *
 * @param active ready to be received, locked, or waiting out a back-off
 * @param locked of the active ones, those held by a receiver now
 * @param scheduled not due yet
 * @param deferred set aside
 * @param deadLetter in the dead-letter queue
 * @param sessions sessions that have messages, a holder or a state
 * @param sizeInBytes stored size of all of them
 * @param transfer on their way to the queue that this one forwards to; 0 where forwarding is done
 *     at once
 * @param transferDeadLetter set aside because they could not be forwarded
 */
public record QueueStatistics(
    long active,
    long locked,
    long scheduled,
    long deferred,
    long deadLetter,
    long sessions,
    long sizeInBytes,
    long transfer,
    long transferDeadLetter) {

  /** Of a queue with nothing on its way to another. */
  public QueueStatistics(
      long active,
      long locked,
      long scheduled,
      long deferred,
      long deadLetter,
      long sessions,
      long sizeInBytes) {
    this(active, locked, scheduled, deferred, deadLetter, sessions, sizeInBytes, 0, 0);
  }

  /** All messages except dead letters: what capacity counts. */
  public long pending() {
    return active + scheduled + deferred;
  }
}
