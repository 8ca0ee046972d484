package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;

/**
 * What was asked, which is at once the answer that is owed: one object for both.
 *
 * <p>Built by the caller's thread, performed once on the engine thread.
 */
final class Command<R> extends Reply<R> {

  private final Work<R> work;

  /** Decides: answers at once, leaves a waiting command behind that will, or throws why not. */
  @FunctionalInterface
  interface Work<R> {
    void run(Reply<R> reply);

    /** Whether it is the last thing asked, which is obeyed even by an engine that has failed. */
    default boolean isEnding() {
      return false;
    }
  }

  /** Asks for the end of the engine. */
  record Ending(EngineLoop loop) implements Work<Boolean> {
    @Override
    public void run(Reply<Boolean> reply) {
      loop.close();
    }

    @Override
    public boolean isEnding() {
      return true;
    }
  }

  Command(Replies replies, Work<R> work) {
    super(replies);
    this.work = work;
  }

  boolean isEnding() {
    return work.isEnding();
  }

  /**
   * Refusals become the answer; whether the disk has failed for good, and our own mistakes, are the
   * loop's business.
   */
  void perform() {
    if (isAbandoned()) {
      return;
    }
    try {
      work.run(this);
    } catch (QueueRuntimeException refused) {
      failure(refused);
    } catch (RuntimeException | Error mistake) {
      // The loop stops for it and tells everybody who is owed an answer, this caller among them.
      failure(mistake);
      throw mistake;
    }
  }
}
