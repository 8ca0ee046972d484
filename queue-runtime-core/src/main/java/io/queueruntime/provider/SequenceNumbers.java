package io.queueruntime.provider;

import io.queueruntime.message.SequenceNumber;
import java.security.SecureRandom;
import java.util.function.LongSupplier;

/**
 * Sequence numbers, for brokers that have none: made by the sender, and carried in a header.
 *
 * <p>From the top: 41 bits of milliseconds since 2024, 10 bits that this object drew by lot, 12
 * bits that count within the millisecond; when those are used up, or the clock goes back, the
 * millisecond goes on by itself. So numbers of one sender ascend and are never used twice; those of
 * several are in the order of their clocks, and two are the same only where two senders drew the
 * same lot and send in the same millisecond.
 *
 * <p>For adapters. Thread-safe.
 */
public final class SequenceNumbers {

  private static final long EPOCH_MILLIS = 1_704_067_200_000L; // 2024-01-01
  private static final int LOT_BITS = 10;
  private static final int COUNT_BITS = 12;

  private final LongSupplier wallMillis;
  private final long lot = new SecureRandom().nextInt(1 << LOT_BITS);
  private long last;

  /** Numbers that ascend with that clock. */
  public SequenceNumbers(LongSupplier wallMillis) {
    this.wallMillis = wallMillis;
  }

  /** The next one. */
  public synchronized SequenceNumber next() {
    long now = Math.max(0, wallMillis.getAsLong() - EPOCH_MILLIS) << COUNT_BITS;
    last = Math.max(now, last + 1);
    long millis = last >>> COUNT_BITS;
    long count = last & ((1 << COUNT_BITS) - 1);
    return SequenceNumber.of(millis << (LOT_BITS + COUNT_BITS) | lot << COUNT_BITS | count);
  }
}
