package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.history.HistoryWriter;
import io.queueruntime.journal.Journal;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SendReceipt;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A process that opens a real directory, does one {@link Scenario} on it and ends.
 *
 * <p>Everything that touches the directory happens in the main thread, the background's work too:
 * then the n-th call of a kind is the same one in every run. The caller has a thread of its own.
 */
public final class ScenarioProcess {

  /** Ends with this when the engine said that its disk failed, and kept to it. */
  static final int STORAGE_FAILED = 40;

  /** Ends with this when something was acknowledged after the disk had failed. */
  static final int ACKNOWLEDGED_AFTER_FAILURE = 41;

  static final int ALL_WELL = 0;

  private ScenarioProcess() {}

  static EngineOptions options(Path directory) {
    return EngineOptions.in(directory)
        .withSegmentSize(64 * 1024)
        .withSnapshots(Duration.ofHours(1), 1_000_000, 1);
  }

  /** Arguments: scenario, "prepare" or "act", directory, file of the history, name of this life. */
  public static void main(String[] args) throws IOException {
    Scenario scenario = Scenario.valueOf(args[0]);
    boolean preparing = args[1].equals("prepare");
    Path directory = Path.of(args[2]);
    HistoryWriter history = HistoryWriter.appendingTo(Path.of(args[3]));
    int openings = preparing ? 1 : scenario.openings();
    for (int opening = 1; opening <= openings; opening++) {
      QueueEngine engine;
      try {
        engine = open(directory);
      } catch (StorageFailed failed) {
        System.out.println("not opened: " + failed.getMessage());
        Runtime.getRuntime().halt(STORAGE_FAILED);
        return;
      }
      String life = args[4] + "." + opening;
      boolean close = opening < openings || (!preparing && scenario.endsInGoodOrder());
      run(engine, scenario, preparing, new Scenario.Work(engine, life, history::write));
      if (engine.failure().isPresent()) {
        System.out.println("failed: " + engine.failure().get().getMessage());
        Runtime.getRuntime()
            .halt(answersStillCome(engine) ? ACKNOWLEDGED_AFTER_FAILURE : STORAGE_FAILED);
      }
      if (close) {
        try {
          engine.close();
        } catch (QueueRuntimeException failed) {
          Runtime.getRuntime().halt(STORAGE_FAILED);
        }
      }
    }
    // No orderly end but where the scenario is about one.
    Runtime.getRuntime().halt(ALL_WELL);
  }

  private static QueueEngine open(Path directory) {
    EngineOptions options = options(directory);
    return QueueEngine.manual(
        Journal.inDirectory(directory, EngineRun.journalOptions(options), Runnable::run),
        options,
        System.nanoTime());
  }

  private static void run(
      QueueEngine engine, Scenario scenario, boolean preparing, Scenario.Work work) {
    AtomicReference<@Nullable Throwable> wrong = new AtomicReference<>();
    Thread main = Thread.currentThread();
    Thread caller =
        new Thread(
            () -> {
              Scenario.Work.createQueues(engine);
              if (preparing) {
                scenario.prepare(work);
              } else {
                scenario.act(work);
              }
            },
            "caller");
    caller.setUncaughtExceptionHandler((thread, failure) -> wrong.set(failure));
    caller.start();
    while (caller.isAlive()) {
      if (!engine.turn()) {
        LockSupport.parkNanos(main, 20_000);
      }
    }
    while (engine.turn() && engine.failure().isEmpty()) {
      // what nobody waits for
    }
    Throwable mistake = wrong.get();
    if (mistake != null && engine.failure().isEmpty()) {
      throw new IllegalStateException("The scenario itself failed.", mistake);
    }
  }

  /** Asks once more after the disk has failed: nothing may be acknowledged then. */
  private static boolean answersStillCome(QueueEngine engine) {
    CompletableFuture<SendReceipt> future =
        engine.send(QueueName.of(Scenario.Work.PLAIN), OutgoingMessage.of(new byte[1]).build());
    for (int turns = 0; turns < 100 && !future.isDone(); turns++) {
      engine.turn();
    }
    return future.isDone() && !future.isCompletedExceptionally();
  }
}
