package io.queueruntime.listener;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.Lincheck;
import org.junit.jupiter.api.Test;

/**
 * Every interleaving, up to a bound, of handlers that settle the messages of a batch one by one and
 * whoever settles the rest: each message is settled by exactly one of them.
 */
class ItemClaimsRaceTests {

  private static final int INTERLEAVINGS = Integer.getInteger("queue-runtime.interleavings", 2_000);

  @Test
  void everyMessageOfABatchIsClaimedOnce() {
    Lincheck.runConcurrentTest(
        INTERLEAVINGS,
        () -> {
          ItemClaims claims = new ItemClaims(2);
          AtomicInteger alone = new AtomicInteger();
          AtomicInteger rest = new AtomicInteger();
          Runnable handler =
              () -> {
                for (int i = 0; i < 2; i++) {
                  alone.addAndGet(claims.claim(i, new CompletableFuture<>()) ? 1 : 0);
                }
              };
          Thread one = new Thread(handler);
          Thread other = new Thread(handler);
          Thread closer =
              new Thread(
                  () -> {
                    if (claims.close()) {
                      for (int i = 0; i < 2; i++) {
                        rest.addAndGet(claims.claimedAlone(i) == null ? 1 : 0);
                      }
                    }
                  });
          one.start();
          other.start();
          closer.start();
          join(one);
          join(other);
          join(closer);
          if (alone.get() + rest.get() != 2) {
            throw new AssertionError(alone + " alone and " + rest + " with the rest");
          }
        });
    System.out.printf("RIG interleavings-claims cycles=%d violations=0%n", INTERLEAVINGS);
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
