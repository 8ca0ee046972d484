package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.engine.Event.Cause;
import io.queueruntime.engine.StoredMessage.Home;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SubQueue;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/** Removes messages that nobody wants to receive any more. Confined to the engine thread. */
final class Purging {

  /** Most messages that one call removes when it goes by age; the limit of Azure Service Bus. */
  private static final int MOST_BY_AGE = 4000;

  /** Messages that are too young, after which a call looks no further: each costs a read. */
  private static final int MOST_TOO_YOUNG = 1000;

  private static final int REMOVED_BYTES = 64;

  /** Messages that one turn looks at; the others' answers wait for so many. */
  private static final int MOST_PER_TURN = 500;

  private final EngineContext context;
  private final Returns returns;
  private final ArrayDeque<Run> running = new ArrayDeque<>();

  Purging(EngineContext context, Returns returns) {
    this.context = context;
    this.returns = returns;
  }

  /**
   * Removes everything that nobody holds, a little in each turn, so that the other queues go on;
   * what comes in the meantime stays.
   */
  void all(Reply<Long> reply, QueueName name, SubQueue subQueue) {
    Run run = new Run(reply, context.require(name, "purge"), subQueue);
    if (!run.isOverAfterSome()) {
      running.add(run);
    }
  }

  /** Removes a little of what was asked for before; true when there is more to do at once. */
  boolean goOn() {
    Run run = running.peek();
    if (run != null && run.isOverAfterSome()) {
      running.remove();
    }
    return !running.isEmpty();
  }

  /** The engine ends: what is left stays. */
  void end(Consumer<Reply<?>> answer) {
    running.forEach(run -> answer.accept(run.reply));
    running.clear();
  }

  /** One call that is under way. */
  private final class Run {
    private final Reply<Long> reply;
    private final QueueState queue;
    private final MessageDirectory directory;
    private final long end;
    private long next;
    private long purged;

    Run(Reply<Long> reply, QueueState queue, SubQueue subQueue) {
      this.reply = reply;
      this.queue = queue;
      this.directory = directory(queue, subQueue);
      this.end = queue.nextSequence();
    }

    boolean isOverAfterSome() {
      if (context.state.find(queue.id) != queue) {
        // Deleted meanwhile, and everything in it with it.
        reply.value(purged);
        return true;
      }
      try {
        return isOver();
      } catch (QueueRuntimeException refused) {
        reply.failure(refused);
        return true;
      }
    }

    private boolean isOver() {
      StoredMessage m = directory.ceiling(next);
      for (int n = 0; m != null && m.sequence < end; m = directory.ceiling(next), n++) {
        if (n == MOST_PER_TURN) {
          return false;
        }
        next = m.sequence + 1;
        if (!m.isLocked()) {
          remove(m);
          purged++;
        }
      }
      reply.value(purged);
      return true;
    }
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
      if (RecordHead.enqueuedTime(context.log.payload(m)) < enqueuedBefore) {
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
