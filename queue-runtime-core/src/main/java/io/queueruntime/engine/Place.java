package io.queueruntime.engine;

import io.queueruntime.message.SequenceNumber;

/**
 * A place in a queue that was given out before there was a message for it, so that somebody can be
 * told its number: see {@link QueueEngine#reserve}. It is for one message; it is not stored, so
 * after a restart another message may have it.
 *
 * <p>Immutable.
 */
public final class Place {

  /** Of the queue; another one of the same name has not given it out. */
  final int queueId;

  private final SequenceNumber sequenceNumber;

  Place(int queueId, long sequence) {
    this.queueId = queueId;
    this.sequenceNumber = SequenceNumber.of(sequence);
  }

  /** What the message will be known by until it is due. */
  public SequenceNumber sequenceNumber() {
    return sequenceNumber;
  }

  @Override
  public String toString() {
    return "Place " + sequenceNumber;
  }
}
