package io.queueruntime.engine;

import org.jspecify.annotations.Nullable;

/**
 * A command that could not be answered at once and waits, for a bounded time, until it can.
 *
 * <p>Confined to the engine thread.
 */
abstract class Waiting<R> extends Due {

  final Reply<R> reply;
  private @Nullable Waits<?> among;
  private boolean over;

  Waiting(Reply<R> reply) {
    this.reply = reply;
  }

  /** Whether it still waits: false once it was answered, timed out, or its caller gave up. */
  final boolean isOpen() {
    return !over && !reply.isAbandoned();
  }

  /** Whether it was ended here; a caller who gave up may not have been noticed yet. */
  final boolean isOver() {
    return over;
  }

  /** The wait is over, however it ended. */
  final void end() {
    if (!over) {
      over = true;
      if (among != null) {
        among.ended();
      }
    }
  }

  final void joined(Waits<?> waits) {
    among = waits;
  }

  final void left() {
    among = null;
  }

  /** The answer when the time is up. */
  abstract void timeOut();

  /** The answer when the engine closes. */
  abstract void closed();
}
