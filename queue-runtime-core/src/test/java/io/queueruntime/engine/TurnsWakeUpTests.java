package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A caller takes a turn at the very moment at which the engine's own thread, having found nothing
 * to do, goes to sleep: that thread neither sleeps over what the turn left, nor longer than until
 * something is due by it.
 *
 * <p>The moments are those at which that thread looks at its clock, so nothing here depends on how
 * fast a thread is.
 */
class TurnsWakeUpTests {

  private static final long DUE_IN_MILLIS = 50;

  /** A moment on the way to sleep. */
  enum Moment {
    /** Its last turn is over; nobody could wake it yet. */
    BEFORE_IT_CAN_BE_WOKEN(1),
    /** It has looked whether anything was asked, and sleeps next. */
    RIGHT_BEFORE_IT_SLEEPS(3);

    /** The look at the clock, since the last turn. */
    final int look;

    Moment(int look) {
      this.look = look;
    }
  }

  private final List<Long> sleeps = new ArrayList<>();
  private final List<Boolean> leftWhenItSlept = new ArrayList<>();
  private boolean left;
  private long untilDue = Long.MAX_VALUE;
  private boolean over;
  private boolean woken;

  @ParameterizedTest
  @EnumSource
  void whatACallersTurnLeavesIsGoneOnWithAtOnce(Moment moment) {
    runWithATurnOfACallerAt(moment, () -> left = true);

    assertThat(leftWhenItSlept).as("something was left when it slept").containsExactly(false);
  }

  @ParameterizedTest
  @EnumSource
  void whatIsDueByACallersTurnIsNotSleptOver(Moment moment) {
    runWithATurnOfACallerAt(moment, () -> untilDue = DUE_IN_MILLIS);

    assertThat(sleeps).hasSize(1);
    assertThat(sleeps.get(0)).isLessThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(DUE_IN_MILLIS));
  }

  @Test
  void whereNothingIsLeftItSleeps() {
    runWithATurnOfACallerAt(Moment.BEFORE_IT_CAN_BE_WOKEN, () -> {});

    assertThat(leftWhenItSlept).containsExactly(false);
    assertThat(sleeps).containsExactly(TimeUnit.SECONDS.toNanos(1));
  }

  /** Runs the engine's own thread, which is this one, until it has slept once. */
  private void runWithATurnOfACallerAt(Moment moment, Runnable callersTurn) {
    Once once = new Once(moment, callersTurn);
    once.turns.run();
  }

  /** The work of an engine, and the sleep of its own thread, with one caller's turn. */
  private final class Once implements Turns.Work, Turns.Parking {
    private final Thread own = Thread.currentThread();
    private final Turns turns = new Turns(this, 0, this);
    private final Moment moment;
    private final Runnable callersTurn;
    private int looks;
    private boolean called;

    Once(Moment moment, Runnable callersTurn) {
      this.moment = moment;
      this.callersTurn = callersTurn;
    }

    @Override
    public long nanoTime() {
      if (Thread.currentThread() == own && !called && ++looks == moment.look) {
        called = true;
        Reply<Void> unanswered = new Reply<>(new Replies(null));
        CompletableFuture.runAsync(() -> turns.lend(unanswered)).join();
      }
      return 0;
    }

    @Override
    public boolean whole() {
      if (Thread.currentThread() == own) {
        left = false;
      } else {
        callersTurn.run();
      }
      return left;
    }

    @Override
    public void park(long nanos) {
      if (woken) {
        woken = false; // as a park does that is woken before it begins
        return;
      }
      sleeps.add(nanos);
      leftWhenItSlept.add(left);
      over = true;
    }

    @Override
    public void unpark(Thread thread) {
      assertThat(thread).isSameAs(own);
      woken = true;
    }

    @Override
    public boolean isUnfinished() {
      return left;
    }

    @Override
    public long millisUntilDue() {
      return untilDue;
    }

    @Override
    public boolean meanwhile() {
      return false;
    }

    @Override
    public boolean isAsked() {
      return false;
    }

    @Override
    public boolean isOver() {
      return over;
    }
  }
}
