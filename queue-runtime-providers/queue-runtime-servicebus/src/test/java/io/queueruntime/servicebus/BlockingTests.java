package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.provider.CallbackThreads;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 3, unit = TimeUnit.MINUTES)
class BlockingTests {

  private final CallbackThreads threads = new CallbackThreads("blocking-under-test");

  @Test
  void clientsOfADeadConnectionThatTakeTheirTimeToCloseLeaveCallbacksTheirThreads() {
    int sessions = 4 * Runtime.getRuntime().availableProcessors() + 8;
    CountDownLatch begun = new CountDownLatch(sessions);
    CountDownLatch dead = new CountDownLatch(1);
    try (threads) {
      for (int i = 0; i < sessions; i++) {
        threads.execute(
            () ->
                Blocking.close(
                    () -> {
                      begun.countDown();
                      await(dead);
                    }));
      }
      CompletableFuture<Boolean> callback = new CompletableFuture<>();
      threads.execute(() -> callback.complete(true));

      assertThat(callback).succeedsWithin(60, TimeUnit.SECONDS);
      await(begun); // all at the same time
    } finally {
      dead.countDown();
    }
  }

  @Test
  void aClientThatFailsToCloseIsClosed() {
    Blocking.close(
        () -> {
          throw new IllegalStateException("planted");
        });
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
