package io.queueruntime.engine;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Answers of one batch that nobody waits for, to be taken by callback threads: one task for all of
 * them instead of one for each.
 *
 * <p>What depends on an answer may block, also until a later one of the batch is taken. So before a
 * thread takes one that is not the last, another turn is in line that would go on with the rest.
 *
 * <p>Thread-safe.
 */
final class LeftAnswers implements Runnable {

  private final Reply<?>[] answers;
  private final Executor callbacks;
  private final AtomicInteger taken = new AtomicInteger();

  /** Another turn is in line. */
  private final AtomicBoolean called = new AtomicBoolean();

  LeftAnswers(Reply<?>[] answers, Executor callbacks) {
    this.answers = answers;
    this.callbacks = callbacks;
  }

  @Override
  public void run() {
    for (Reply<?> answer = next(); answer != null; answer = next()) {
      if (taken.get() < answers.length && called.compareAndSet(false, true)) {
        Turn turn = new Turn(Thread.currentThread());
        callbacks.execute(turn);
        turn.isInLine = true;
      }
      answer.run();
    }
  }

  private @Nullable Reply<?> next() {
    int place = taken.getAndIncrement();
    return place < answers.length ? answers[place] : null;
  }

  /** Goes on with the rest. */
  private final class Turn implements Runnable {
    private final Thread caller;

    /** Looked at by the caller only. */
    private boolean isInLine;

    Turn(Thread caller) {
      this.caller = caller;
    }

    @Override
    public void run() {
      if (Thread.currentThread() == caller && !isInLine) {
        // Run at once, as by threads that have ended: the caller goes on himself, one by one.
        return;
      }
      called.set(false);
      LeftAnswers.this.run();
    }
  }
}
