package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.history.Finding;
import io.queueruntime.history.Operation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process under load is killed at moments chosen by chance, again and again, and the whole
 * history of all its lives keeps every promise.
 *
 * <p>{@code -Dqueue-runtime.crash.kills=n} kills so often; {@code -Dqueue-runtime.seed=n} chooses
 * the load and the moments. Threads and disks are real, so a seed does not bring back the same run:
 * what a failed one leaves is its history, in {@code target/crash-histories}.
 */
class CrashTests {

  private static final int KILLS = 300;

  /** Two at a time: one starts while the other works. */
  private static final int LANES = 2;

  @TempDir Path directory;

  @Test
  void everyPromiseIsKeptThroughThreeHundredKills() throws Exception {
    int kills = Integer.getInteger("queue-runtime.crash.kills", KILLS);
    long seed = Long.getLong("queue-runtime.seed", System.nanoTime());
    List<CrashLane> lanes = new ArrayList<>();
    List<CompletableFuture<List<Finding>>> running = new ArrayList<>();
    CrashProcesses processes = CrashProcesses.archived(directory);
    for (int i = 0; i < LANES; i++) {
      int share = kills / LANES + (i < kills % LANES ? 1 : 0);
      CrashLane lane = new CrashLane(directory.resolve("lane" + i), seed + i, share, processes);
      lanes.add(lane);
      running.add(
          CompletableFuture.supplyAsync(lane::run, task -> new Thread(task, "crash-lane").start()));
    }
    for (int i = 0; i < LANES; i++) {
      List<Finding> findings = running.get(i).get(15, TimeUnit.MINUTES);
      CrashLane lane = lanes.get(i);
      System.out.println(lane.summary());
      System.out.printf(
          "RIG kills seed=%d cycles=%d violations=%d%n",
          seed + i, lane.kills(), findings.isEmpty() ? 0 : 1);
      if (!findings.isEmpty()) {
        throw new AssertionError(
            "%d findings, the first:%n%s%nThe history is kept as %s: one line for each question and answer, in order; look for the message's id."
                .formatted(findings.size(), findings.get(0), lane.keep()));
      }
      assertThat(lane.count(Operation.SEND)).isGreaterThan(kills);
      assertThat(lane.count(Operation.RECEIVE)).isGreaterThan(kills);
    }
  }
}
