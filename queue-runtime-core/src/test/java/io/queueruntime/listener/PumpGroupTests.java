package io.queueruntime.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Queue;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class PumpGroupTests {

  private static final int PUMPS = 3;

  private final Queue<Boolean> spare = new ConcurrentLinkedQueue<>();
  private final CyclicBarrier together = new CyclicBarrier(PUMPS);

  @Test
  void pumpsWhoseWaitsEndAtTheSameMomentDoNotAllCountOnAnotherToStay() {
    PumpGroup group =
        new PumpGroup(
            new Concurrency(1, PUMPS), Threads.named("test-pump-", false), this::askTogether);
    group.start();
    assertThat(group.awaitEnd(System.nanoTime() + TimeUnit.SECONDS.toNanos(20))).isTrue();
    assertThat(spare).containsExactlyInAnyOrder(true, true, false);
  }

  /** Nobody ends before all have asked: the moment between a pump's decision and its end. */
  private void askTogether(PumpGroup group) {
    group.working();
    meet();
    group.idle();
    meet();
    spare.add(group.leaveIfSpare());
    meet();
  }

  private void meet() {
    try {
      together.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }
}
