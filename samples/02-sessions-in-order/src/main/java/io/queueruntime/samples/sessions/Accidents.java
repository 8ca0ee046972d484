package io.queueruntime.samples.sessions;

/**
 * What goes wrong in a handler, and when: decided by a seed, the movement and its delivery alone,
 * so that the same seed fails the same deliveries however the threads run. Immutable.
 */
final class Accidents {

  private final long seed;
  private final double rate;

  Accidents(long seed, double rate) {
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException(
          "A failure rate is at least 0 and below 1, found " + rate + ".");
    }
    this.seed = seed;
    this.rate = rate;
  }

  /** Whether this delivery fails before the movement is booked. */
  boolean beforeBooking(Movement movement, int delivery) {
    return chance(movement, delivery, 1) < rate / 2;
  }

  /**
   * Whether it fails after the booking and before the completion, so that what is booked is
   * delivered again.
   */
  boolean afterBooking(Movement movement, int delivery) {
    return chance(movement, delivery, 2) < rate / 2;
  }

  private double chance(Movement movement, int delivery, int moment) {
    long mixed = seed;
    for (long part : new long[] {movement.line(), delivery, moment}) {
      mixed = (mixed ^ part) * 0xbf58476d1ce4e5b9L;
      mixed = (mixed ^ (mixed >>> 31)) * 0x94d049bb133111ebL;
      mixed ^= mixed >>> 29;
    }
    return (mixed >>> 11) * 0x1.0p-53;
  }
}
