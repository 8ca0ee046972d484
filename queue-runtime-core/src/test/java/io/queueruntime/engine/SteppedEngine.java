package io.queueruntime.engine;

import io.queueruntime.journal.Journal;
import io.queueruntime.storage.Storage;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/**
 * An engine in the thread of its test, on clocks that the test moves and on a disk that the test
 * chose.
 */
final class SteppedEngine {

  /** So few that a turn which forces has to look again for more. */
  private static final int AT_ONCE = 2;

  /** Two clocks in milliseconds that stand still. */
  static final class Clock {
    long wall = 1_800_000_000_000L;
    long tick = 1_000_000L;

    EngineTime time() {
      return new EngineTime(() -> Instant.ofEpochMilli(wall), () -> tick * 1_000_000L);
    }

    void advance(long millis) {
      wall += millis;
      tick += millis;
    }
  }

  private static final int MAX_TURNS = 100_000;

  private final QueueEngine engine;

  private SteppedEngine(QueueEngine engine) {
    this.engine = engine;
  }

  static EngineOptions options(Clock clock, int segmentSize, long snapshotEvery) {
    return EngineOptions.inMemory()
        .withDurability(Durability.FSYNC)
        .withSegmentSize(segmentSize)
        .withSnapshots(Duration.ofDays(3650), snapshotEvery, 1)
        .withSendTimeout(Duration.ofMillis(55))
        .withTime(clock.time());
  }

  static SteppedEngine open(Storage storage, EngineOptions options, long engineId) {
    Journal journal = Journal.open(storage, EngineRun.journalOptions(options), Runnable::run);
    return new SteppedEngine(QueueEngine.manual(journal, options, engineId, AT_ONCE));
  }

  QueueEngine engine() {
    return engine;
  }

  /** Takes turns until there is nothing to do at once. */
  void run() {
    for (int turns = 0; engine.turn(); turns++) {
      if (turns > MAX_TURNS) {
        throw new AssertionError("The engine finds something to do for ever.");
      }
    }
  }

  /** Runs, and expects the answer to be there then. */
  <T> CompletableFuture<T> answered(CompletableFuture<T> future) {
    run();
    if (!future.isDone()) {
      throw new AssertionError("The engine has nothing more to do, but the answer is still owed.");
    }
    return future;
  }
}
