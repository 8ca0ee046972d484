package io.queueruntime.servicebus.emulator.program;

import java.util.function.IntConsumer;

/**
 * Ends the process when one of its threads dies of an error, mostly a lack of memory. A server that
 * lives on without it keeps its port and its sockets, and clients wait for it until their own time
 * limits; whoever supervises the process could not see that it is dead.
 *
 * <p>Thread-safe.
 */
final class HaltOnError implements Thread.UncaughtExceptionHandler {

  /** What the process ends with. */
  static final int STATUS = 3;

  private final IntConsumer halt;

  /**
   * @param halt ends the process at once, without its shutdown hooks: they may wait for what is
   *     dead
   */
  HaltOnError(IntConsumer halt) {
    this.halt = halt;
  }

  @Override
  public void uncaughtException(Thread thread, Throwable failure) {
    if (!(failure instanceof Error)) {
      failure.printStackTrace();
      return;
    }
    try {
      // Only what may still be possible: there can be too little memory to write a line.
      new IllegalStateException(
              "Thread '%s' of the emulator died; the process ends.".formatted(thread.getName()),
              failure)
          .printStackTrace();
    } finally {
      halt.accept(STATUS);
    }
  }
}
