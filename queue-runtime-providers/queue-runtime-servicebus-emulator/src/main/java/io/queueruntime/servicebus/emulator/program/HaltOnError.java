package io.queueruntime.servicebus.emulator.program;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

/**
 * Ends the process when one of its threads dies of an error, mostly a lack of memory. A server that
 * lives on without it keeps its port and its sockets, and clients wait for it until their own time
 * limits; whoever supervises the process could not see that it is dead.
 *
 * <p>What happened is printed before, and not waited for long: nobody may read standard error. The
 * thread that ends the process then is there from the beginning, as there may be no memory for one.
 *
 * <p>Thread-safe.
 */
final class HaltOnError implements Thread.UncaughtExceptionHandler {

  /** What the process ends with. */
  static final int STATUS = 3;

  private static final Duration PRINTING_MAX = Duration.ofSeconds(5);

  private final IntConsumer halt;
  private final AtomicBoolean halted = new AtomicBoolean();
  private final CountDownLatch dying = new CountDownLatch(1);
  private final CountDownLatch printed = new CountDownLatch(1);

  /**
   * @param halt ends the process at once, without its shutdown hooks: they may wait for what is
   *     dead
   */
  HaltOnError(IntConsumer halt) {
    this(halt, PRINTING_MAX);
  }

  /**
   * @param printing how long printing may take
   */
  HaltOnError(IntConsumer halt, Duration printing) {
    this.halt = halt;
    Thread thread = new Thread(() -> haltAfter(printing), "servicebus-emulator-halt");
    thread.setDaemon(true);
    thread.start();
  }

  private void haltAfter(Duration printing) {
    try {
      dying.await();
      printed.await(printing.toNanos(), TimeUnit.NANOSECONDS);
      haltOnce();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // nobody does that; printing ends the process then
    }
  }

  private void haltOnce() {
    if (halted.compareAndSet(false, true)) {
      halt.accept(STATUS);
    }
  }

  @Override
  public void uncaughtException(Thread thread, Throwable failure) {
    if (!(failure instanceof Error)) {
      failure.printStackTrace();
      return;
    }
    dying.countDown();
    try {
      // Only what may still be possible: there can be too little memory to write a line.
      new IllegalStateException(
              "Thread '%s' of the emulator died; the process ends.".formatted(thread.getName()),
              failure)
          .printStackTrace();
    } finally {
      printed.countDown();
      haltOnce();
    }
  }
}
