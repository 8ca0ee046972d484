package io.queueruntime.listener;

import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.Lincheck;
import org.junit.jupiter.api.Test;

/**
 * Every interleaving, up to a bound, of those who work under permits and whoever closes them: never
 * more in work than permitted, nobody waits for ever.
 */
class PermitsRaceTests {

  private static final int INTERLEAVINGS = Integer.getInteger("queue-runtime.interleavings", 2_000);

  @Test
  void neverMoreAreInWorkThanPermittedAndEverybodyGetsHisTurn() {
    Lincheck.runConcurrentTest(
        INTERLEAVINGS,
        () -> {
          Permits permits = new Permits(1);
          AtomicInteger inWork = new AtomicInteger();
          AtomicInteger most = new AtomicInteger();
          AtomicInteger done = new AtomicInteger();
          Runnable work =
              () -> {
                if (permits.acquire()) {
                  most.accumulateAndGet(inWork.incrementAndGet(), Math::max);
                  inWork.decrementAndGet();
                  permits.giveBack(Permits.Returned.ENDED);
                  permits.settled();
                  done.incrementAndGet();
                }
              };
          Thread one = new Thread(work);
          Thread other = new Thread(work);
          one.start();
          other.start();
          join(one);
          join(other);
          check(most.get() == 1, "two in work under one permit");
          check(done.get() == 2, "somebody did not get his turn");
          check(permits.inWork() == 0 && permits.unsettled() == 0, "a permit was lost");
        });
    System.out.printf("RIG interleavings-permits cycles=%d violations=0%n", INTERLEAVINGS);
  }

  @Test
  void whoeverWaitsForAPermitHearsOfTheEnd() {
    Lincheck.runConcurrentTest(
        INTERLEAVINGS,
        () -> {
          Permits permits = new Permits(1);
          check(permits.acquire(), "the only permit is not to be had");
          boolean[] given = {true};
          Thread waiting = new Thread(() -> given[0] = permits.acquire());
          Thread closing = new Thread(permits::close);
          waiting.start();
          closing.start();
          join(waiting);
          join(closing);
          check(!given[0], "a permit was given twice");
        });
  }

  /** Not AssertJ's: its assertions refuse {@code equals}, which the model checker calls. */
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
