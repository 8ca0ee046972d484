package io.queueruntime.engine;

import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.Lincheck;
import org.junit.jupiter.api.Test;

/**
 * Every interleaving, up to a bound, of the engine thread that answers, the caller who waits, a
 * callback thread and somebody who gives up: an answer is taken by one of them or goes back,
 * exactly once, and nobody waits for ever.
 */
class ReplyRaceTests {

  private static final int INTERLEAVINGS = Integer.getInteger("queue-runtime.interleavings", 2_000);

  @Test
  void anAnswerReachesWhoeverWaitsOrTheCallbackThread() {
    Lincheck.runConcurrentTest(
        INTERLEAVINGS,
        () -> {
          Callbacks callbacks = new Callbacks();
          Replies replies = new Replies(callbacks);
          Reply<String> reply = new Reply<>(replies);
          AtomicInteger seen = new AtomicInteger();
          reply.thenAccept(text -> seen.incrementAndGet());
          Thread engine =
              new Thread(
                  () -> {
                    reply.value("answer");
                    replies.deliver();
                  });
          engine.start();
          String answer = reply.join();
          join(engine);
          callbacks.finish();
          check(answer.equals("answer"), "another answer");
          check(seen.get() == 1, "what depends on it was run " + seen.get() + " times");
        });
    System.out.printf("RIG interleavings-replies cycles=%d violations=0%n", INTERLEAVINGS);
  }

  @Test
  void anAnswerThatNobodyTakesGoesBackOnce() {
    Lincheck.runConcurrentTest(
        INTERLEAVINGS,
        () -> {
          Callbacks callbacks = new Callbacks();
          Replies replies = new Replies(callbacks);
          AtomicInteger back = new AtomicInteger();
          replies.onTakingBack(Runnable::run);
          Reply<String> reply = new Reply<>(replies);
          AtomicInteger seen = new AtomicInteger();
          reply.thenAccept(text -> seen.incrementAndGet());
          Thread engine =
              new Thread(
                  () -> {
                    reply.value("answer", back::incrementAndGet);
                    replies.deliver();
                  });
          Thread impatient = new Thread(() -> reply.cancel(false));
          engine.start();
          impatient.start();
          try {
            reply.join();
          } catch (CancellationException e) {
            // as it was asked for
          }
          join(engine);
          join(impatient);
          callbacks.finish();
          check(reply.isDone(), "the caller waits for ever");
          check(seen.get() + back.get() == 1, "seen " + seen + " times, back " + back + " times");
          check(reply.isCancelled() == (back.get() == 1), "cancelled and answered");
        });
    System.out.printf("RIG interleavings-givingup cycles=%d violations=0%n", INTERLEAVINGS);
  }

  /** A callback thread for each answer that is left to them. */
  private static final class Callbacks implements Executor {
    private Thread thread;

    @Override
    public void execute(Runnable task) {
      thread = new Thread(task);
      thread.start();
    }

    /** After the engine thread has ended. */
    void finish() {
      if (thread != null) {
        join(thread);
      }
    }
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
