package io.queueruntime.engine;

import java.util.concurrent.locks.LockSupport;
import org.jetbrains.lincheck.Lincheck;
import org.junit.jupiter.api.Test;

/**
 * Every interleaving, up to a bound, of the engine's own thread and of callers who take turns while
 * they wait: one of them works at a time, all that was asked is done, and nobody sleeps while there
 * is something to do. That thread never wakes by itself here, so that a wake-up that is lost is one
 * for ever.
 */
class TurnsRaceTests {

  private static final int INTERLEAVINGS = Integer.getInteger("queue-runtime.interleavings", 2_000);

  @Test
  void whatCallersAskIsDoneByOneOfThem() {
    Lincheck.runConcurrentTest(
        INTERLEAVINGS,
        () -> {
          Engine engine = new Engine();
          Thread own = new Thread(engine.turns);
          Thread other = new Thread(() -> engine.ask(1));
          own.start();
          other.start();
          engine.ask(0);
          join(other);
          engine.end();
          join(own);
          check(engine.done == 2, "done: " + engine.done);
        });
    System.out.printf("RIG interleavings-turns cycles=%d violations=0%n", INTERLEAVINGS);
  }

  @Test
  void whatNobodyTakesATurnForIsDoneByTheEnginesOwnThread() {
    Lincheck.runConcurrentTest(
        INTERLEAVINGS,
        () -> {
          Engine engine = new Engine();
          Thread own = new Thread(engine.turns);
          Thread other = new Thread(() -> engine.askAndWait(1));
          own.start();
          other.start();
          engine.ask(0);
          join(other);
          engine.end();
          join(own);
          check(engine.done == 2, "done: " + engine.done);
        });
    System.out.printf("RIG interleavings-turnsalone cycles=%d violations=0%n", INTERLEAVINGS);
  }

  @Test
  void whatIsLeftToWhoeverIsBusyIsDone() {
    Lincheck.runConcurrentTest(
        INTERLEAVINGS,
        () -> {
          Engine engine = new Engine();
          Thread own = new Thread(engine.turns);
          Thread other = new Thread(() -> engine.askForForced(1));
          own.start();
          other.start();
          engine.askForForced(0);
          join(other);
          engine.end();
          join(own);
          check(engine.done == 2, "done: " + engine.done);
        });
    System.out.printf("RIG interleavings-turnsleft cycles=%d violations=0%n", INTERLEAVINGS);
  }

  /** The least that turns are made of: two who ask once, and are answered by a force. */
  private static final class Engine implements Turns.Work {
    private static final int NOTHING = 0;
    private static final int ASKED = 1;
    private static final int TAKEN = 2;
    private static final int HELD = 3;
    private static final int ANSWERED = 4;

    final Turns turns = new Turns(this, 0, new UntilWoken());
    private final Reply<Void> unanswered = new Reply<>(new Replies(null));
    private final Reply<Void> unforced = new Forced();
    private final Thread[] callers = new Thread[2];
    private volatile int first = NOTHING;
    private volatile int second = NOTHING;
    private volatile boolean over;
    private boolean working;
    int done;

    /** Asks, and takes a turn where it can. */
    void ask(int caller) {
      add(caller);
      turns.lend(unanswered);
      await(caller);
    }

    /** Asks, takes a turn where nobody else does, and leaves it to him otherwise. */
    void askForForced(int caller) {
      add(caller);
      turns.lend(unforced);
      await(caller);
    }

    /** Asks, and leaves the turns to others. */
    void askAndWait(int caller) {
      add(caller);
      await(caller);
    }

    private void add(int caller) {
      callers[caller] = Thread.currentThread();
      set(caller, ASKED);
      turns.added();
    }

    private void await(int caller) {
      while (get(caller) != ANSWERED) {
        LockSupport.park();
      }
    }

    void end() {
      over = true;
      turns.nudge();
    }

    @Override
    public boolean whole() {
      boolean any = work();
      if (move(TAKEN, HELD)) {
        turns.freely(() -> {});
        for (int caller = 0; caller < 2; caller++) {
          if (get(caller) == HELD) {
            set(caller, ANSWERED);
            LockSupport.unpark(callers[caller]);
          }
        }
      }
      return any || isUnfinished();
    }

    @Override
    public boolean meanwhile() {
      return work();
    }

    private boolean work() {
      check(!working, "two work at a time");
      working = true;
      boolean any = move(ASKED, TAKEN);
      working = false;
      return any;
    }

    private boolean move(int from, int to) {
      boolean any = false;
      for (int caller = 0; caller < 2; caller++) {
        if (get(caller) == from) {
          set(caller, to);
          done += to == TAKEN ? 1 : 0;
          any = true;
        }
      }
      return any;
    }

    private int get(int caller) {
      return caller == 0 ? first : second;
    }

    private void set(int caller, int to) {
      if (caller == 0) {
        first = to;
      } else {
        second = to;
      }
    }

    @Override
    public boolean isUnfinished() {
      return first == TAKEN || second == TAKEN;
    }

    @Override
    public long millisUntilDue() {
      return Long.MAX_VALUE;
    }

    @Override
    public boolean isAsked() {
      return first == ASKED || second == ASKED;
    }

    @Override
    public boolean isOver() {
      return over;
    }
  }

  /** The answer to something that needs a force. */
  private static final class Forced extends Reply<Void> {
    Forced() {
      super(new Replies(null));
    }

    @Override
    boolean needsForce() {
      return true;
    }
  }

  /** Sleeps until it is woken, however long that is: the model checker wakes for no reason. */
  private static final class UntilWoken implements Turns.Parking {
    private volatile boolean woken;

    @Override
    public void park(long nanos) {
      while (!woken) {
        LockSupport.park();
      }
      woken = false;
    }

    @Override
    public void unpark(Thread thread) {
      woken = true;
      LockSupport.unpark(thread);
    }
  }

  private static void check(boolean right, String otherwise) {
    if (!right) {
      throw new AssertionError(otherwise);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
