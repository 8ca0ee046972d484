package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;

/**
 * What was asked, and the answer that is owed.
 *
 * <p>Built by the caller's thread, run once on the engine thread.
 */
final class Command<R> {

  final Reply<R> reply;
  private final Work<R> work;
  private final boolean ending;

  /** Decides: answers at once, leaves a waiting command behind that will, or throws why not. */
  @FunctionalInterface
  interface Work<R> {
    void run(Reply<R> reply);
  }

  Command(Reply<R> reply, Work<R> work) {
    this(reply, work, false);
  }

  /**
   * @param ending whether this is the last command, which is obeyed even by an engine that has
   *     failed
   */
  Command(Reply<R> reply, Work<R> work, boolean ending) {
    this.reply = reply;
    this.work = work;
    this.ending = ending;
  }

  boolean isEnding() {
    return ending;
  }

  /**
   * Refusals become the answer; whether the disk has failed for good, and our own mistakes, are the
   * loop's business.
   */
  void run() {
    if (reply.isAbandoned()) {
      return;
    }
    try {
      work.run(reply);
    } catch (QueueRuntimeException refused) {
      reply.failure(refused);
    } catch (RuntimeException | Error mistake) {
      // The loop stops for it and tells everybody who is owed an answer, this caller among them.
      reply.failure(mistake);
      throw mistake;
    }
  }
}
