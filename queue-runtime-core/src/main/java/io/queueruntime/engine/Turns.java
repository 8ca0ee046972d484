package io.queueruntime.engine;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Who works on the state of an engine: one thread at a time, which is called the engine thread for
 * as long as it does. Mostly it is the thread of the engine's own that runs this; but a caller who
 * waits for an answer takes a turn himself where nobody takes one, because to wake another thread
 * and to be woken by it costs more than the turn does.
 *
 * <p>While a turn forces the disk, the state is free: callers who come to wait for what needs no
 * force do what was asked {@linkplain Work#meanwhile meanwhile}. Those whose answer only the next
 * force can give leave it to whoever is busy, who does it all at once: where many callers are busy
 * that is cheaper, and lets a receiver have several messages at a time.
 *
 * <pre>
 *   state   held by whoever works on the state
 *   busy    somebody is in a whole turn; where the state is free all the same, he forces the disk
 * </pre>
 *
 * <p>What is asked while somebody is busy needs to wake nobody: he looks for it before he is done,
 * or wakes the engine's own thread then. While callers take the turns, that thread naps instead of
 * sleeping, so that the caller who took the last turn need not wake it for his next command, which
 * he is going to do himself: if he does not, it begins with the end of the nap.
 *
 * <p>Thread-safe.
 */
final class Turns implements Runnable {

  /** What turns are made of. Done by the engine thread, but for what says otherwise. */
  interface Work {

    /** One turn; true when there may be more to do at once. */
    boolean whole();

    /** What can be done while the disk is forced; true when something was. */
    boolean meanwhile();

    /** Whether something is left over that needs another turn at once. */
    boolean isUnfinished();

    /** How long nothing is due at least. */
    long millisUntilDue();

    /** Whether something was asked that no turn has looked at. On any thread. */
    boolean isAsked();

    /** Whether the last turn was taken. On any thread. */
    boolean isOver();
  }

  /** How the engine's own thread sleeps, and is woken, by what clock. */
  interface Parking {

    /** As the system's nanoseconds do, it goes on steadily from wherever it begins. */
    default long nanoTime() {
      return System.nanoTime();
    }

    /** Returns when it was woken, or after so many nanoseconds, or for no reason. */
    default void park(long nanos) {
      LockSupport.parkNanos(nanos);
    }

    /** The park of that thread that is under way, or its next one, ends. */
    default void unpark(Thread thread) {
      LockSupport.unpark(thread);
    }
  }

  private static final long MAX_PARK_MILLIS = 1000;

  /** How late a command is done at most that a caller was expected to do himself. */
  private static final long NAP_NANOS = 1_000_000;

  /** After so many naps in which no caller took a turn, the engine's own thread sleeps. */
  private static final int NAPS = 10;

  /**
   * Frames that a turn finds room for on the stack of a caller, and far more: an engine whose state
   * was left in the middle of a change has failed, and that must not be because somebody called it
   * out of a deep recursion.
   */
  private static final int FRAMES = 1024;

  private final Work work;
  private final int frames;
  private final Parking parking;
  private final ReentrantLock state = new ReentrantLock();
  private volatile boolean busy;

  /** Whether he has forced and wants the state again: nobody comes in between any more. */
  private volatile boolean returning;

  /** Something happened outside, or was left over, that the next turn looks after. */
  private volatile boolean nudged;

  /** Whether the turn is a caller's, who does not end the engine. Guarded by the state. */
  private boolean lent;

  /** The caller who took the last turn that one took. */
  private volatile @Nullable Thread lastCaller;

  /** Whether a caller has taken a turn since the engine's own thread looked. */
  private volatile boolean led;

  /** Whether the engine's own thread naps, or has something to do. */
  private volatile boolean napping;

  private volatile @Nullable Thread parked;

  /** Whether the engine's own thread is about to look whether there is something to do. */
  private volatile boolean awake = true;

  /** Until when it sleeps at most where it is not awake, by the system's nanoseconds. */
  private volatile long parkedUntil;

  Turns(Work work) {
    this(work, FRAMES, new Parking() {});
  }

  /**
   * @param frames what there must be room for on the stack of a caller who takes a turn
   * @param parking how the engine's own thread sleeps
   */
  Turns(Work work, int frames, Parking parking) {
    this.work = work;
    this.frames = frames;
    this.parking = parking;
  }

  // ---- for everybody

  /** A command was added: somebody will do it. */
  void added() {
    if (!(napping && lastCaller == Thread.currentThread())) {
      called();
    }
  }

  /** There is something to look after; whoever takes a turn just now sees to it. */
  void called() {
    if (!busy) {
      unpark();
    }
  }

  /** Something happened outside: the next turn, which comes at once, looks after it. */
  void nudge() {
    nudged = true;
    called();
  }

  /** A caller waits for that answer: he takes a turn where nobody works on the state. */
  void lend(Reply<?> reply) {
    if (busy && reply.needsForce()) {
      return; // He looks for it before he is done.
    }
    if (work.isOver() || reply.isSettled() || !StackRoom.isThere(frames) || !tryHold()) {
      return;
    }
    boolean whole = !busy;
    boolean goesOn = true;
    try {
      lent = true;
      take();
      goesOn = work.isUnfinished() || isDueWhileParked();
    } finally {
      lent = false;
      state.unlock();
      if (whole) {
        leave(goesOn);
      }
    }
  }

  /** A caller has taken a whole turn; the engine's own thread goes on where something is left. */
  private void leave(boolean goesOn) {
    led = true;
    lastCaller = Thread.currentThread();
    if (goesOn) {
      nudged = true; // That thread may be about to park, where no unpark reaches it yet.
    }
    if (isAsked() || work.isOver() || !napping) {
      unpark();
    }
  }

  /** One turn; true when there may be more to do at once, false also when others work. */
  boolean take(boolean mayEnd) {
    if (!tryHold()) {
      return false;
    }
    try {
      lent = !mayEnd;
      return take();
    } finally {
      lent = false;
      state.unlock();
    }
  }

  /** False also for a turn that is begun inside of one. */
  private boolean tryHold() {
    return !returning && !state.isHeldByCurrentThread() && state.tryLock();
  }

  private boolean take() {
    if (work.isOver()) {
      return false;
    }
    if (busy) {
      return work.meanwhile();
    }
    busy = true;
    try {
      nudged = false;
      return work.whole();
    } finally {
      busy = false;
    }
  }

  // ---- for the engine thread

  /** Whether this turn may be the last: ending takes its time, which is not a caller's to spend. */
  boolean mayEnd() {
    return !lent;
  }

  /** Does something that does not touch the state, which others may work on meanwhile. */
  void freely(Runnable doing) {
    boolean mine = lent;
    state.unlock();
    try {
      doing.run();
    } finally {
      returning = true;
      state.lock();
      returning = false;
      lent = mine;
    }
  }

  // ---- the engine's own thread

  @Override
  public void run() {
    int naps = NAPS;
    while (!work.isOver()) {
      if (!take(true)) {
        naps = led ? 0 : Math.min(NAPS, naps + 1);
        led = false;
        park(naps < NAPS);
      }
    }
  }

  private void park(boolean nap) {
    long until = parking.nanoTime() + (nap ? NAP_NANOS : millis(MAX_PARK_MILLIS));
    parkedUntil = until;
    awake = false; // From here on whoever takes a turn sees to what is due before.
    if (tryHold()) {
      try {
        if (!busy) {
          until = Math.min(until, parking.nanoTime() + millis(work.millisUntilDue()));
          parkedUntil = until;
        }
      } finally {
        state.unlock();
      }
    }
    napping = nap;
    if (!nap) {
      lastCaller = null;
    }
    parked = Thread.currentThread();
    try {
      // Who is busy looks afterwards whether there is something to wake for.
      if (!work.isOver() && (busy || !isAsked())) {
        parking.park(until - parking.nanoTime());
      }
    } finally {
      parked = null;
      awake = true;
    }
  }

  private void unpark() {
    Thread sleeper = parked;
    if (sleeper != null) {
      parked = null; // one of those who come now is enough
      parking.unpark(sleeper);
    }
  }

  private boolean isAsked() {
    return nudged || work.isAsked();
  }

  /** Whether something is due before the engine's own thread is sure to look again. */
  private boolean isDueWhileParked() {
    long wait = work.millisUntilDue();
    return wait < MAX_PARK_MILLIS && (awake || parking.nanoTime() + millis(wait) - parkedUntil < 0);
  }

  private static long millis(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(Math.min(millis, MAX_PARK_MILLIS));
  }
}
