package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.QuotaExceeded;
import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.engine.StoredMessage.Home;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets happen what is due, in order of time by both clocks, however far they have moved since the
 * last turn: each thing happens as at its own time, and what follows from it takes its place in the
 * order. So a message that becomes due and whose life ends within one step of a test's clock does
 * both, and a lock that ended before another message's life is seen to end before it.
 *
 * <p>The ticker says how much time has passed; when the wall clock says otherwise it was set, which
 * counts as having been done at the beginning of that time.
 *
 * <p>Messages are handed out at the present time only, so nobody is given a lock that has ended
 * already; and whoever waits is told that there was nothing only after all that came in the
 * meantime was handed out.
 *
 * <p>Confined to the engine thread.
 */
final class DueWork {

  private static final Logger log = LoggerFactory.getLogger(DueWork.class);

  /**
   * What happens in one turn at most; the rest waits for the next one, and so do the answers. Each
   * takes some microseconds, and whoever is at another queue waits for all of a turn's.
   */
  private static final int MOST_PER_TURN = 500;

  private static final long RETRY_MILLIS = 500;

  private final RecordStore records;
  private final EngineParts parts;
  private final EngineContext context;
  private final Returns returns;
  private final Sending sending;

  /**
   * Another attempt at a message, whose own time stays what it is: snapshots keep it, and a restart
   * goes by it.
   */
  private static final class Again extends Due {
    final StoredMessage message;

    Again(StoredMessage message) {
      this.message = message;
    }
  }

  /**
   * Scheduled messages of one queue that are due and have no places yet, in the order of their
   * times: the first cannot take its place for now, and the others do not overtake it.
   */
  private static final class HeldUp extends Due {
    final QueueState queue;
    final ArrayDeque<StoredMessage> messages = new ArrayDeque<>();

    HeldUp(QueueState queue) {
      this.queue = queue;
    }
  }

  private final Map<QueueState, HeldUp> heldUp = new HashMap<>();

  /** Waits whose time is up and who may still be served in this turn. */
  private final List<Waiting<?>> overdue = new ArrayList<>();

  /** Once for all turns: there are two looks in each of them. */
  private final Consumer<Due> firing = this::fire;

  /** Until when all has happened, by the ticker. */
  private long passed;

  private long wallNow;
  private long tickNow;

  DueWork(RecordStore records, EngineParts parts) {
    this.records = records;
    this.parts = parts;
    this.context = parts.context();
    this.returns = parts.returns();
    this.sending = parts.sending();
    this.passed = context.tick();
  }

  /**
   * Brings everything up to the clocks as they were read, and goes on with what takes many turns;
   * true when there is more to do.
   */
  boolean happen() {
    boolean unfinished = parts.purging().goOn();
    unfinished |= parts.queues().goOn();
    return comesDue() || unfinished;
  }

  private boolean comesDue() {
    wallNow = context.wall();
    tickNow = context.tick();
    long length = tickNow - passed;
    long wallStart = wallNow - length;
    int left = MOST_PER_TURN;
    long at = 0;
    while (left > 0) {
      long nextTick = distance(context.tickDue, passed);
      long nextWall = distance(context.wallDue, wallStart);
      at = Math.max(at, Math.min(nextTick, nextWall));
      if (at > length) {
        break;
      }
      context.setClocks(wallStart + at, passed + at);
      if (nextTick <= at) {
        left -= context.tickDue.takeDue(context.tick(), left, firing);
      }
      if (nextWall <= at && left > 0) {
        left -= context.wallDue.takeDue(context.wall(), left, firing);
      }
    }
    context.setClocks(wallNow, tickNow);
    if (left <= 0) {
      passed += at;
      return true;
    }
    passed = tickNow;
    // Nothing is left but what a wall clock that was set back brings into order.
    int late = context.tickDue.takeDue(tickNow, MOST_PER_TURN, firing);
    late += context.wallDue.takeDue(wallNow, MOST_PER_TURN, firing);
    return late >= MOST_PER_TURN;
  }

  /** Ends the waits that were in vain; true when others may be served for it. */
  boolean timeOut() {
    if (overdue.isEmpty()) {
      return false;
    }
    for (Waiting<?> wait : overdue) {
      if (wait.isOpen()) {
        wait.timeOut();
      }
      if (!wait.isOver()) {
        context.inVain(wait);
      }
    }
    overdue.clear();
    return true;
  }

  /** How long after that moment something may be due, at the earliest. */
  private static long distance(DueQueue queue, long from) {
    long next = queue.nextDueAtOrAfter();
    return next == Long.MAX_VALUE ? Long.MAX_VALUE : next - from;
  }

  private void fire(Due due) {
    if (due instanceof Again again) {
      if (!again.message.isScheduledDue()) {
        fire((Due) again.message);
      }
    } else if (due instanceof HeldUp places) {
      goOn(places);
    } else if (due instanceof StoredMessage message && takesPlace(message)) {
      HeldUp before = heldUp.get(message.queue());
      if (before != null) {
        before.messages.add(message);
      } else if (!happens(message)) {
        holdUp(message);
      }
    } else if (!happens(due)) {
      // Nothing is lost by being late: it stays where it is and is tried again.
      Due again = due instanceof StoredMessage message ? new Again(message) : due;
      context.tickDue.put(again, tickNow + RETRY_MILLIS);
    }
  }

  /** False when it cannot be done for now. */
  private boolean happens(Due due) {
    try {
      if (due instanceof StoredMessage message) {
        fire(message);
      } else if (due instanceof MessageLock lock) {
        context.log.requireRoom(lock.message.queue(), Returns.SETTLING_BYTES, 2);
        returns.expired(lock);
      } else if (due instanceof SessionLock lock) {
        parts.sessions().expired(lock);
      } else if (due instanceof Waiting<?> wait) {
        overdue.add(wait);
      } else if (due instanceof QueueTraffic.Idle idle) {
        parts.queues().idleOver(idle.queue);
      } else if (due instanceof Routing.Retry) {
        parts.routing().retry();
      }
      return true;
    } catch (QuotaExceeded diskFull) {
      return false;
    } catch (StorageFailed | MalformedRecord unreadable) {
      records.requireWorking();
      if (due instanceof StoredMessage message && parts.quarantine().takes(message, unreadable)) {
        return true;
      }
      log.error(
          "What is due cannot be done, because a record cannot be read; it is tried again.",
          unreadable);
      return false;
    }
  }

  private boolean takesPlace(StoredMessage message) {
    return message.home() == Home.SCHEDULED && message.dueAt <= context.wall();
  }

  private void holdUp(StoredMessage message) {
    HeldUp places = new HeldUp(message.queue());
    places.messages.add(message);
    heldUp.put(places.queue, places);
    context.tickDue.put(places, tickNow + RETRY_MILLIS);
  }

  /** The first one is tried again; once it has its place, or is put aside, so are the others. */
  private void goOn(HeldUp places) {
    int left = MOST_PER_TURN;
    for (StoredMessage message = places.messages.peek();
        message != null;
        message = places.messages.peek()) {
      if (left-- == 0) {
        context.tickDue.put(places, tickNow + 1); // the others of this turn come first
        return;
      }
      if (!happens(message)) {
        context.tickDue.put(places, tickNow + RETRY_MILLIS);
        return;
      }
      places.messages.remove();
    }
    heldUp.remove(places.queue);
  }

  private void fire(StoredMessage message) {
    if (message.isGone() || message.isLocked()) {
      return;
    }
    if (message.hasExpired(context.wall())) {
      context.log.requireRoom(message.queue(), Returns.SETTLING_BYTES, 2);
      returns.expire(message);
      context.stir(message.lane);
    } else if (message.home() == Home.SCHEDULED && message.dueAt <= context.wall()) {
      sending.activate(message);
    } else if (message.home() == Home.DELAYED && message.dueAt <= context.wall()) {
      message.queue().delayOver(message);
      if (!message.lane.isStrict()) {
        message.lane.addReturned(message);
      }
      context.arm(message);
      context.stir(message.lane);
    } else {
      context.arm(message);
    }
  }
}
