package io.queueruntime.samples.sessions;

import io.queueruntime.message.QueueName;
import io.queueruntime.provider.QueueAdmin;
import java.time.Duration;

/**
 * When a run is over. Alone: once all is sent and the queue is empty, so that what is lost shows.
 * Beside others the queue tells too little, for a broker may leave out what others hold, a killed
 * one too; so all must be booked as well, or nobody have booked anything for longer than a broker
 * takes to miss a process. Used by one thread.
 */
final class Ending {

  private static final Duration SILENCE_MAX = Duration.ofMinutes(4);

  private final QueueName queue;
  private final QueueAdmin admin;
  private final Ledger ledger;
  private final int movements;
  private final boolean alone;
  private int booked;
  private long bookedAt = System.nanoTime();

  Ending(QueueName queue, QueueAdmin admin, Ledger ledger, int movements, boolean alone) {
    this.queue = queue;
    this.admin = admin;
    this.ledger = ledger;
    this.movements = movements;
    this.alone = alone;
  }

  boolean isReached() {
    return ledger.sentLines() == movements
        && (alone || isBooked())
        && admin.statistics(queue).pending() == 0;
  }

  private boolean isBooked() {
    int now = ledger.bookedCount();
    if (now != booked) {
      booked = now;
      bookedAt = System.nanoTime();
    }
    return now == movements || System.nanoTime() - bookedAt > SILENCE_MAX.toNanos();
  }
}
