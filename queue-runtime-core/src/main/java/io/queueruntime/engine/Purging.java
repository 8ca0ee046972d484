package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.engine.Event.Cause;
import io.queueruntime.engine.StoredMessage.Home;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SubQueue;

/** Removes messages that nobody wants to receive any more. Confined to the engine thread. */
final class Purging {

  /** Most messages that one call removes when it goes by age; the limit of Azure Service Bus. */
  private static final int MOST_BY_AGE = 4000;

  /** Messages that are too young, after which a call looks no further: each costs a read. */
  private static final int MOST_TOO_YOUNG = 1000;

  private static final int REMOVED_BYTES = 64;

  private final EngineContext context;
  private final Returns returns;

  Purging(EngineContext context, Returns returns) {
    this.context = context;
    this.returns = returns;
  }

  /** Removes everything that nobody holds. */
  long all(QueueName name, SubQueue subQueue) {
    QueueState queue = context.require(name, "purge");
    MessageDirectory directory = directory(queue, subQueue);
    long purged = 0;
    for (StoredMessage m = directory.ceiling(0); m != null; m = directory.ceiling(m.sequence + 1)) {
      if (!m.isLocked()) {
        remove(m);
        purged++;
      }
    }
    return purged;
  }

  /** Removes what could be received and was enqueued before that moment, the oldest first. */
  long oldest(QueueName name, SubQueue subQueue, long enqueuedBefore, int max) {
    QueueState queue = context.require(name, "purge");
    if (max < 1) {
      throw new ValidationFailed(
          name.value(),
          "Cannot purge queue '%s': at least 1 message, found %d.".formatted(name, max));
    }
    MessageDirectory directory = directory(queue, subQueue);
    int most = Math.min(max, MOST_BY_AGE);
    long purged = 0;
    int tooYoung = 0;
    for (StoredMessage m = directory.ceiling(0);
        m != null && purged < most && tooYoung < MOST_TOO_YOUNG;
        m = directory.ceiling(m.sequence + 1)) {
      if (m.isLocked() || m.home() == Home.SCHEDULED || m.home() == Home.DEFERRED) {
        continue;
      }
      if (EventCodec.enqueuedTimeOf(context.log.payload(m)) < enqueuedBefore) {
        remove(m);
        purged++;
      } else {
        tooYoung++;
      }
    }
    return purged;
  }

  private void remove(StoredMessage message) {
    context.log.requireRoom(message.queue(), REMOVED_BYTES, 1);
    returns.remove(message, message.home() == Home.DEAD ? Cause.DISCARDED : Cause.PURGED);
    context.stir(message.lane);
  }

  private static MessageDirectory directory(QueueState queue, SubQueue subQueue) {
    return subQueue == SubQueue.DEAD_LETTER ? queue.dead : queue.main;
  }
}
