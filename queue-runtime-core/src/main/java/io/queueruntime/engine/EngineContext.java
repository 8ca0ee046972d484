package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.QueueName;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the parts that decide share: the state, the log, what is due, and the clocks: as they were
 * read at the start of the turn, or, while what is due happens, as they were when it was due.
 *
 * <p>Confined to the engine thread.
 */
final class EngineContext {

  /** How far the clocks go apart between two turns without one of them having been set. */
  private static final long MAX_DRIFT_MILLIS = 50;

  final EngineState state;
  final EventLog log;
  final EngineOptions options;
  final MessageLocks locks;

  /** What is due by the wall clock: schedules, delays, ends of life. */
  final DueQueue wallDue;

  /** What is due by the ticker: locks, waits, idleness. */
  final DueQueue tickDue;

  private Consumer<Waiting<?>> givingUp = wait -> {};
  private Consumer<QueueName> deletedItself = queue -> {};
  private final ArrayDeque<Lane> stirred = new ArrayDeque<>();
  private final ArrayDeque<QueueState> roomier = new ArrayDeque<>();
  private final long tickerStart;
  private long wall;
  private long tick;

  EngineContext(EngineState state, EventLog log, EngineOptions options, MessageLocks locks) {
    this.state = state;
    this.log = log;
    this.options = options;
    this.locks = locks;
    this.tickerStart = options.time().ticker().getAsLong();
    read();
    // From long ago on: what became due while everything was down comes in order of time, too.
    this.wallDue = new DueQueue(0);
    this.tickDue = new DueQueue(tick);
  }

  void readClocks() {
    long wallBefore = wall;
    long tickBefore = tick;
    read();
    if (Math.abs((wall - wallBefore) - (tick - tickBefore)) > MAX_DRIFT_MILLIS) {
      // Perhaps a test moved both between the two looks, and then they agree the next time.
      read();
    }
  }

  /** Whether more than so many milliseconds have passed since the clocks were read. */
  boolean isStale(long millis) {
    return tickNow() - tick > millis;
  }

  private void read() {
    wall = wallNow();
    tick = tickNow();
  }

  /**
   * The ticker as it is now, not as it was when the turn began: a turn may take long, and locks run
   * out meanwhile.
   */
  long tickNow() {
    return TimeUnit.NANOSECONDS.toMillis(options.time().ticker().getAsLong() - tickerStart);
  }

  /** The wall clock as it is now. */
  long wallNow() {
    return options.time().wall().millis();
  }

  /** Lets the lock end so many milliseconds from now. */
  void holdFor(TimedLock lock, long millis) {
    lock.endsAt = plus(tickNow(), millis);
    tickDue.put(lock, lock.endsAt);
  }

  /** Whether the lock's time is over, be it that its end has not been dealt with yet. */
  boolean isOver(TimedLock lock) {
    return lock.endsAt <= tickNow();
  }

  /** What that token stands for; throws when it is not held, or not any more. */
  MessageLock requireLock(QueueName queue, LockToken token, String attempt) {
    MessageLock lock = locks.require(queue, token, attempt);
    TimedLock timed = lock.session == null ? lock : lock.session;
    if (isOver(timed)) {
      throw locks.expired(lock, attempt, wallNow() - (tickNow() - timed.endsAt));
    }
    return lock;
  }

  /** What that holder has; throws when it is not held, or not any more. */
  SessionLock requireHold(SessionHold hold, String attempt) {
    SessionLock lock = locks.require(hold, attempt);
    if (isOver(lock)) {
      throw MessageLocks.sessionLost(hold, attempt);
    }
    return lock;
  }

  /** Moves to the time of what happens next, which may have been a while ago. */
  void setClocks(long wallMillis, long tickMillis) {
    wall = wallMillis;
    tick = tickMillis;
  }

  /** Tells that listener, in place of any before, of queues that delete themselves. */
  void onSelfDeletion(Consumer<QueueName> listener) {
    deletedItself = listener;
  }

  void deletedItself(QueueName queue) {
    deletedItself.accept(queue);
  }

  /** Wall clock, in milliseconds since 1970. */
  long wall() {
    return wall;
  }

  /** Ticker, in milliseconds since the engine was opened. */
  long tick() {
    return tick;
  }

  QueueState require(QueueName name, String attempt) {
    QueueState queue = state.find(name);
    if (queue == null) {
      throw new QueueNotFound(
          name.value(),
          "Cannot %s queue '%s': there is no such queue. Create it, e.g. by declaring it under queue-runtime.queues, or check the name; there are %d queues."
              .formatted(attempt, name, state.queues().size()));
    }
    queue.traffic.lastUsed = tick;
    return queue;
  }

  /** The lane may have something for those who wait: looked at before the turn ends. */
  void stir(Lane lane) {
    if (!lane.stirred) {
      lane.stirred = true;
      stirred.add(lane);
    }
  }

  boolean isStirred() {
    return !stirred.isEmpty();
  }

  @Nullable Lane nextStirred() {
    Lane lane = stirred.poll();
    if (lane != null) {
      lane.stirred = false;
    }
    return lane;
  }

  /** Begins a wait behind those for the same thing. */
  <W extends Waiting<?>> void await(Waits<W> waits, W wait, long millis) {
    waits.add(wait);
    tickDue.put(wait, plus(tick, millis));
    wait.reply.whenGivenUp(new GivenUp(wait, givingUp));
  }

  private record GivenUp(Waiting<?> waiting, Consumer<Waiting<?>> noticed)
      implements Reply.GivingUp {
    @Override
    public void run() {
      noticed.accept(waiting);
    }
  }

  /** Ends a wait as if its time were up; nothing, where it is decided or given up already. */
  void endWait(Reply<?> reply) {
    if (reply.toldWhenGivenUp() instanceof GivenUp told && told.waiting.isOpen()) {
      told.waiting.timeOut();
      inVain(told.waiting);
    }
  }

  /** Says who is told, on whatever thread, that a caller does not wait any more. */
  void onGivingUp(Consumer<Waiting<?>> told) {
    givingUp = told;
  }

  /** A wait got what it waited for. */
  void served(Waiting<?> wait) {
    wait.end();
    tickDue.remove(wait);
  }

  /** A wait was in vain: its time is up, or its caller gave up. */
  void inVain(Waiting<?> wait) {
    served(wait);
    if (wait instanceof SendWait<?> held) {
      // Those behind it may want less room than it did.
      roomIn(held.queue);
    } else if (wait instanceof ReceiveWait receive) {
      receive.lane.queue.forgetIfIdle(receive.lane);
    }
  }

  /** A message left the queue: somebody may be waiting for its room. */
  void roomIn(QueueState queue) {
    QueueTraffic traffic = queue.traffic;
    if (!traffic.roomier && !(traffic.sendWaits.isEmpty() && traffic.heldForwards.isEmpty())) {
      traffic.roomier = true;
      roomier.add(queue);
    }
  }

  @Nullable QueueState nextRoomier() {
    QueueState queue = roomier.poll();
    if (queue != null) {
      queue.traffic.roomier = false;
    }
    return queue;
  }

  /** Sets the message's next time: when it becomes active, or when its life ends. */
  void arm(StoredMessage message) {
    long due =
        switch (message.home()) {
          case SCHEDULED -> message.dueAt;
          case DELAYED -> Math.min(message.dueAt, message.expiresAt);
          case ACTIVE -> message.expiresAt;
          case DEFERRED, DEAD, GONE -> StoredMessage.NEVER;
        };
    if (due == StoredMessage.NEVER) {
      wallDue.remove(message);
    } else {
      wallDue.put(message, due);
    }
  }

  /** Makes a message that nobody holds a dead letter of its own queue. */
  void bury(StoredMessage message, DeadLetterDetails details) {
    StoredMessage letter =
        log.record(new Event.DeadLettered(message.queue().id, message.sequence, details));
    left(message);
    if (letter != null) {
      letter.lane.addReturned(letter);
      stir(letter.lane);
    }
  }

  /**
   * Takes the traces of a message that has left the main queue, or the dead letters, out of what is
   * due and ready.
   */
  void left(StoredMessage message) {
    wallDue.remove(message);
    message.lane.forget(message);
    roomIn(message.queue());
  }

  static long plus(long time, long length) {
    return length >= StoredMessage.NEVER - time ? StoredMessage.NEVER : time + length;
  }
}
