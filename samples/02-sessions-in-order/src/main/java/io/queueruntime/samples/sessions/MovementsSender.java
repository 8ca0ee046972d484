package io.queueruntime.samples.sessions;

import io.queueruntime.message.SendOutcome;
import io.queueruntime.template.QueueTemplate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Puts the file into the queue, in its order, from where the last run stopped.
 *
 * <p>The position is written down after every {@value #BLOCK} lines, so after a crash up to that
 * many are sent again; duplicate detection discards them by their message ids. Used by one thread.
 */
final class MovementsSender {

  private static final int BLOCK = 40;

  private final QueueTemplate queues;
  private final Ledger ledger;
  private final Duration pause;

  /**
   * Sends with a pause after each movement, so that the run can be killed in the middle of sending
   * too.
   */
  MovementsSender(QueueTemplate queues, Ledger ledger, Duration pause) {
    this.queues = queues;
    this.ledger = ledger;
    this.pause = pause;
  }

  /** Sends what was not sent yet; returns how many copies were discarded as duplicates. */
  int send(List<Movement> file) {
    int duplicates = 0;
    for (int from = ledger.sentLines(); from < file.size(); from = ledger.sentLines()) {
      List<Movement> block = file.subList(from, Math.min(file.size(), from + BLOCK));
      for (Movement movement : block) {
        var receipt =
            queues
                .to("movements")
                .session(movement.account())
                .messageId(movement.id())
                .send(movement);
        if (receipt.outcome() == SendOutcome.DUPLICATE) {
          duplicates++;
        }
        LockSupport.parkNanos(pause.toNanos());
      }
      ledger.sent(from + block.size());
    }
    return duplicates;
  }
}
