package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.journal.Journal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/**
 * Many who ask the engine race the one who closes it: each question is answered, and what was done
 * is not called refused. By chance, not by all interleavings: an engine is too large for a model
 * checker.
 *
 * <p>{@code -Dqueue-runtime.interleavings=n} sets how many races there are.
 */
class CommandRaceTests {

  private static final int CALLERS = 3;
  private static final int RACES = Integer.getInteger("queue-runtime.interleavings", 2_000);

  private record Asked(AtomicBoolean done, CompletableFuture<Integer> answer) {}

  @Test
  void aCommandThatRacesTheEndIsDoneOrRefused() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(CALLERS + 1);
    try {
      int refused = 0;
      for (int race = 0; race < RACES; race++) {
        refused += race(threads);
      }
      System.out.printf(
          "RIG interleavings-commands cycles=%d violations=0 refused=%d of %d%n",
          RACES, refused, RACES * CALLERS);
    } finally {
      threads.shutdown();
    }
  }

  /** Returns how many came too late. */
  private static int race(ExecutorService threads) throws Exception {
    EngineRun run =
        new EngineRun(
            Journal.inMemory(64 * 1024),
            EngineOptions.inMemory().withSegmentSize(64 * 1024),
            1,
            null,
            null,
            EngineLoop.COMMANDS_PER_TURN,
            true);
    CyclicBarrier start = new CyclicBarrier(CALLERS + 1);
    List<CompletableFuture<Asked>> callers = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      callers.add(
          CompletableFuture.supplyAsync(
              () -> {
                AtomicBoolean done = new AtomicBoolean();
                await(start);
                return new Asked(
                    done,
                    run.submit(
                        reply -> {
                          done.set(true);
                          reply.value(1);
                        }));
              },
              threads));
    }
    CompletableFuture<Void> closer =
        CompletableFuture.runAsync(
            () -> {
              await(start);
              run.close();
            },
            threads);
    closer.get(60, TimeUnit.SECONDS);
    int refused = 0;
    for (CompletableFuture<Asked> caller : callers) {
      Asked asked = caller.get(60, TimeUnit.SECONDS);
      Throwable failure = catchThrowable(() -> asked.answer().get(60, TimeUnit.SECONDS));
      if (asked.done().get()) {
        assertThat(failure).isNull();
      } else {
        assertThat(failure).hasCauseInstanceOf(Closed.class);
        refused++;
      }
    }
    return refused;
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await(60, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new CompletionException(e);
    }
  }
}
