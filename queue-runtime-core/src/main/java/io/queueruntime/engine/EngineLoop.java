package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.StorageFailed;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done to the state, in turns: what is due, what was asked, who can be served; then one
 * write and one force for all of it; then the answers.
 *
 * <p>While a turn forces the disk, what is asked is done already, and its answers wait for the next
 * force where they need one: the group commit needs no timer, and a lone caller never waits for
 * company.
 *
 * <p>Confined to the engine thread, which is whoever {@link Turns} says, but for what says
 * otherwise.
 */
final class EngineLoop implements Turns.Work {

  private static final Logger log = LoggerFactory.getLogger(EngineLoop.class);

  /**
   * Commands taken in one turn at most; with it goes the size of a batch and of the time until its
   * first answer.
   */
  static final int COMMANDS_PER_TURN = 2048;

  /**
   * Looks into the ring before a force; each costs a write where somebody is answered before it.
   */
  private static final int LOOKS = 8;

  private static final int RING_CAPACITY = 16 * 1024;

  /** Far more than adding to the ring takes. */
  private static final int FRAMES_TO_ADD = 256;

  /** How far the clocks may have gone on since a turn read them for more to be done in it. */
  private static final long STALE_MILLIS = 20;

  private final MpscVarHandleArrayQueue<Command<?>> ring =
      new MpscVarHandleArrayQueue<>(RING_CAPACITY);

  /** Waits whose callers gave up; at most as many as there are waits. */
  private final Queue<Waiting<?>> givenUp = new ConcurrentLinkedQueue<>();

  /** Answers that were given to nobody, to be taken back; at most as many as there are answers. */
  private final Queue<Runnable> untaken = new ConcurrentLinkedQueue<>();

  private final int atOnce;
  private final RecordStore records;
  private final Replies replies;
  private final EngineParts parts;
  private final EngineContext context;
  private final DueWork due;

  /** Once for all turns, as there are several looks into the ring in each of them. */
  private final MessagePassingQueue.Consumer<Command<?>> performing;

  private final List<Reply<Void>> catchingUp = new ArrayList<>();
  private final Turns turns = new Turns(this);
  private final Runnable forcing;
  private volatile @Nullable QueueRuntimeException failure;
  private volatile boolean closed;
  private boolean closing;

  /** Whether the last turn left something over that another one goes on with. */
  private boolean unfinished = true;

  /**
   * @param atOnce commands taken with one look into the ring at most
   */
  EngineLoop(RecordStore records, Replies replies, EngineParts parts, int atOnce) {
    this.atOnce = atOnce;
    this.records = records;
    this.replies = replies;
    this.parts = parts;
    this.context = parts.context();
    this.due = new DueWork(records, parts);
    this.performing = command -> command.perform(parts);
    this.forcing = records::runForce;
    context.onGivingUp(this::gaveUp);
    replies.onTakingBack(this::takeBack);
    replies.onWaiting(turns::lend);
  }

  /** What the engine's own thread runs. Thread-safe. */
  Runnable turns() {
    return turns;
  }

  /** Adds a command; false when the ring is full. Thread-safe. */
  boolean offer(Command<?> command) {
    // The ring waits for ever for a command whose place was taken and that was never put there.
    StackRoom.require(FRAMES_TO_ADD);
    boolean added = ring.offer(command);
    if (added) {
      turns.added();
    }
    return added;
  }

  /** Something happened outside that a turn looks after. Thread-safe. */
  void wake() {
    turns.nudge();
  }

  /** A caller does not wait any more: what it left behind goes with the next turn. Thread-safe. */
  private void gaveUp(Waiting<?> wait) {
    if (!closed) {
      givenUp.add(wait);
      turns.called();
    }
  }

  /**
   * An answer was given to nobody: what it gave away comes back with the next turn. Thread-safe.
   */
  private void takeBack(Runnable undo) {
    if (!closed) {
      untaken.add(undo);
      turns.called();
    }
  }

  /** Why no work is done any more, if so. Thread-safe. */
  @Nullable QueueRuntimeException failure() {
    StorageFailed stored = records.failure();
    return failure != null ? failure : stored;
  }

  /** Thread-safe. */
  boolean isClosed() {
    return closed;
  }

  /** Asks for the end; from the engine thread only. */
  void close() {
    closing = true;
  }

  void catchUp(Reply<Void> reply) {
    catchingUp.add(reply);
  }

  /** One turn; true when there may be more to do at once. Thread-safe. */
  boolean turn() {
    return turns.take(true);
  }

  @Override
  public boolean whole() {
    try {
      return failure == null ? work() : refuse();
    } catch (QueueRuntimeException | Error failed) {
      fail(failed);
    } catch (RuntimeException mistake) {
      fail(mistake);
    }
    refuse();
    return true;
  }

  @Override
  public boolean meanwhile() {
    if (closing || failure() != null || context.isStale(STALE_MILLIS)) {
      return false; // All that is asked waits for the next turn.
    }
    try {
      int taken = take(COMMANDS_PER_TURN);
      serve();
      deliverDurable();
      return taken > 0;
    } catch (QueueRuntimeException | Error failed) {
      fail(failed);
    } catch (RuntimeException mistake) {
      fail(mistake);
    }
    return false;
  }

  @Override
  public boolean isUnfinished() {
    return unfinished || failure != null;
  }

  @Override
  public long millisUntilDue() {
    return Math.min(until(context.wallDue, context.wall()), until(context.tickDue, context.tick()));
  }

  @Override
  public boolean isOver() {
    return closed;
  }

  private boolean work() {
    // Only what was asked for before the clocks were read has been caught up with at the end of
    // this turn.
    List<Reply<Void>> askedBefore = catchingUp.isEmpty() ? List.of() : List.copyOf(catchingUp);
    context.readClocks();
    boolean more = due.happen();
    endGivenUp();
    parts.routing().goOn();
    parts.deliveries().goOn();
    int taken = take(COMMANDS_PER_TURN);
    serve();
    if (due.timeOut()) {
      serve();
    }
    more |= hasPortions();
    if (!more && !askedBefore.isEmpty()) {
      askedBefore.forEach(Reply::done);
      catchingUp.removeAll(askedBefore);
    }
    if (closing) {
      unfinished = true;
      if (turns.mayEnd()) {
        end();
      }
      return true;
    }
    boolean snapshotGoesOn = parts.snapshotting().step();
    boolean cleaningGoesOn = parts.cleaning().step();
    taken += commit(COMMANDS_PER_TURN - taken);
    records.housekeep();
    unfinished = more || hasPortions() || snapshotGoesOn || cleaningGoesOn || isOwing();
    return unfinished || taken > 0;
  }

  /**
   * Whether something came late in this turn, or while the disk was forced, that is the next turn's
   * business; so are answers that nobody took, which have gone back by now.
   */
  private boolean isOwing() {
    return context.log.isDirty()
        || context.isStirred()
        || replies.hasPending()
        || !catchingUp.isEmpty()
        || parts.snapshotting().isAsked()
        || closing;
  }

  private boolean hasPortions() {
    return parts.routing().isUnfinished() || parts.deliveries().isUnfinished();
  }

  /** Does what was asked, at most so much of it; returns how much. */
  private int take(int most) {
    return ring.drain(performing, Math.min(most, atOnce));
  }

  /**
   * One force for everything of this turn, then the answers. Returns how many commands it has taken
   * on the way, at most so many.
   */
  private int commit(int most) {
    records.requireWorking();
    int taken = 0;
    if (context.log.mustForce()) {
      deliverDurable();
      taken = takeLate(most);
    }
    if (context.log.mustForce() && records.forces()) {
      force();
    } else {
      context.log.flush();
      replies.deliver();
    }
    return taken;
  }

  /** Forces the disk, then answers. Others work on the state meanwhile. */
  private void force() {
    replies.hold();
    if (context.log.beginForce()) {
      turns.freely(forcing);
      if (failure != null) {
        return; // meanwhile, and all who waited have been told
      }
      context.log.endForce();
      records.requireWorking();
    }
    List<Reply<?>> answers = replies.takeHeld();
    List<Runnable> undos = new ArrayList<>(0);
    turns.freely(() -> undos.addAll(replies.handOver(answers)));
    if (failure == null) {
      undos.forEach(Runnable::run);
    }
  }

  /** Whoever receives what was durable before need not wait for the force of what was not. */
  private void deliverDurable() {
    if (replies.hasDurable()) {
      context.log.write();
      records.requireWorking();
      replies.deliverDurable();
    }
  }

  /**
   * Takes what has come since the turn began, before the force rather than after it. Mostly it
   * comes from those who were answered last, so that whoever receives and completes, one by one,
   * waits for one force instead of three. Looks a few times and waits for nobody.
   */
  private int takeLate(int most) {
    int all = 0;
    for (int look = 0; look < LOOKS && all < most; look++) {
      int taken = take(most - all);
      if (taken == 0) {
        break;
      }
      all += taken;
      serve();
      deliverDurable();
    }
    return all;
  }

  private void endGivenUp() {
    for (Runnable undo = untaken.poll(); undo != null; undo = untaken.poll()) {
      undo.run();
    }
    for (Waiting<?> wait = givenUp.poll(); wait != null; wait = givenUp.poll()) {
      if (!wait.isOver()) {
        context.inVain(wait);
      }
    }
  }

  private void serve() {
    // Serving one can make room or a message for another, so until nothing moves any more.
    do {
      parts.deliveries().serveStirred(parts.sessions());
      parts.sending().serveHeldBack();
    } while (context.isStirred());
  }

  @Override
  public boolean isAsked() {
    return !ring.isEmpty() || !givenUp.isEmpty() || !untaken.isEmpty();
  }

  private static long until(DueQueue queue, long now) {
    long next = queue.nextDueAtOrAfter();
    return next == Long.MAX_VALUE ? Long.MAX_VALUE : Math.max(0, next - now);
  }

  /** Nothing can be trusted to be durable any more: nothing is acknowledged again. */
  private void fail(Throwable cause) {
    QueueRuntimeException why =
        cause instanceof QueueRuntimeException known
            ? known
            : new StorageFailed(
                "The engine stopped because of a mistake of its own: %s. Nothing is acknowledged any more; reopen the data directory, which holds everything acknowledged before, and report this."
                    .formatted(cause),
                cause);
    log.error("The engine has failed and takes no more work.", cause);
    failure = why;
    replies.fail(why);
    parts.failAllWaiting(why);
    failAsking(why);
  }

  private boolean refuse() {
    QueueRuntimeException why = failure;
    boolean[] close = new boolean[1];
    int taken =
        ring.drain(
            command -> {
              if (command.isEnding()) {
                close[0] = true;
              }
              command.fail(why == null ? closedError() : why);
            },
            COMMANDS_PER_TURN);
    closing |= close[0];
    if (closing && turns.mayEnd()) {
      closed = true;
      try {
        records.close();
      } finally {
        // There may be more than one turn takes, and what came before anybody could see that it is
        // closed.
        ring.drain(command -> command.fail(why == null ? closedError() : why));
      }
    }
    return taken > 0 || closed;
  }

  /** Those who wait for the engine itself, not for a message. */
  private void failAsking(QueueRuntimeException why) {
    catchingUp.forEach(reply -> reply.fail(why));
    catchingUp.clear();
    parts.snapshotting().failAsking(why);
  }

  /** The orderly end: who waits is told, what is held goes back, what is known is written down. */
  private void end() {
    parts.endAllWaiting();
    context.log.group(0, this::giveBackAll);
    commit(0);
    parts.snapshotting().complete();
    commit(0);
    failAsking(closedError());
    closed = true;
    try {
      records.close();
    } finally {
      ring.drain(command -> command.fail(closedError()));
    }
  }

  private void giveBackAll() {
    List.copyOf(context.locks.heldSessions()).forEach(parts.sessions()::release);
    List.copyOf(context.locks.held()).forEach(parts.returns()::release);
  }

  /** What a command that comes too late hears. */
  static Closed closedError() {
    return new Closed(
        null, "The engine is closed: nothing can be sent, received or settled any more.");
  }
}
