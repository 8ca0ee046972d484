package io.queueruntime.embedded;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jetbrains.lincheck.Lincheck;
import org.junit.jupiter.api.Test;

/** Every interleaving, up to a bound, of somebody who receives and the end of his receiver. */
class PendingReceivesRaceTests {

  private static final int INTERLEAVINGS = Integer.getInteger("queue-runtime.interleavings", 2_000);

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
