package io.queueruntime.engine;

/**
 * A command that could not be answered at once and waits, for a bounded time, until it can.
 *
 * <p>Confined to the engine thread.
 */
abstract class Waiting<R> extends Due {

  final Reply<R> reply;
  private boolean over;

  Waiting(Reply<R> reply) {
    this.reply = reply;
  }

  /** Whether it still waits: false once it was answered, timed out, or its caller gave up. */
  final boolean isOpen() {
    return !over && !reply.isAbandoned();
  }

  final void end() {
    over = true;
  }

  /** The answer when the time is up. */
  abstract void timeOut();

  /** The answer when the engine closes. */
  abstract void closed();
}
