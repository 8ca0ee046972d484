package io.queueruntime.message;

import io.queueruntime.QueueRuntimeException.ValidationFailed;

/**
 * A message's place in its queue: given by the broker when the message is accepted, and anew when a
 * scheduled message becomes due or a dead letter is replayed. Ascending and never used twice within
 * one queue.
 *
 * <p>Immutable.
 */
public record SequenceNumber(long value) implements Comparable<SequenceNumber> {

  /** Below every sequence number: where a peek from the start begins. */
  public static final SequenceNumber START = new SequenceNumber(0);

  public SequenceNumber {
    if (value < 0) {
      throw new ValidationFailed(null, "A sequence number is not negative, found " + value + ".");
    }
  }

  /** The sequence number of that value. */
  public static SequenceNumber of(long value) {
    return new SequenceNumber(value);
  }

  /** The number right after this one. */
  public SequenceNumber next() {
    return new SequenceNumber(value + 1);
  }

  @Override
  public int compareTo(SequenceNumber other) {
    return Long.compare(value, other.value);
  }

  @Override
  public String toString() {
    return Long.toString(value);
  }
}
