package io.queueruntime.embedded;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.Lincheck;
import org.junit.jupiter.api.Test;

/**
 * Every interleaving, up to a bound, of the engine that answers, the caller who waits and somebody
 * who gives up: the answer reaches the caller or goes back, exactly once.
 */
class HandedOutRaceTests {

  private static final int INTERLEAVINGS = Integer.getInteger("queue-runtime.interleavings", 2_000);

  @Test
  void anAnswerIsTakenOrGoesBackExactlyOnce() {
    Lincheck.runConcurrentTest(
        INTERLEAVINGS,
        () -> {
          CompletableFuture<String> source = new CompletableFuture<>();
          AtomicInteger back = new AtomicInteger();
          AtomicInteger seen = new AtomicInteger();
          HandedOut<String, String> handed =
              HandedOut.of(source, text -> text, text -> back.incrementAndGet(), Runnable::run);
          handed.thenAccept(text -> seen.incrementAndGet());
          boolean[] answered = new boolean[1];
          Thread engine = new Thread(() -> answered[0] = source.complete("answer"));
          Thread impatient = new Thread(() -> handed.cancel(false));
          engine.start();
          impatient.start();
          try {
            handed.join();
          } catch (CancellationException e) {
            // as it was asked for
          }
          join(engine);
          join(impatient);
          check(handed.isDone(), "the caller waits for ever");
          check(seen.get() + back.get() == (answered[0] ? 1 : 0), "lost, or there twice");
          check((seen.get() == 1) != handed.isCancelled(), "cancelled and answered");
        });
    System.out.printf("RIG interleavings-answers cycles=%d violations=0%n", INTERLEAVINGS);
  }

  @Test
  void aReceiveThatRacesTheEndOfItsReceiverDoesNotWaitForEver() {
    Lincheck.runConcurrentTest(
        INTERLEAVINGS,
        () -> {
          PendingReceives pending = new PendingReceives(QueueName.of("orders"));
          CompletableFuture<List<ReceivedMessage<byte[]>>> asked = new CompletableFuture<>();
          CompletableFuture<?>[] answer = new CompletableFuture<?>[1];
          Thread receiver = new Thread(() -> answer[0] = pending.start(() -> asked));
          Thread closer = new Thread(pending::close);
          receiver.start();
          closer.start();
          join(receiver);
          join(closer);
          check(answer[0].isDone(), "the receive waits for ever");
        });
    System.out.printf("RIG interleavings-receives cycles=%d violations=0%n", INTERLEAVINGS);
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
