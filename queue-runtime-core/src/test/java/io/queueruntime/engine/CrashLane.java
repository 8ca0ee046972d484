package io.queueruntime.engine;

import io.queueruntime.history.Finding;
import io.queueruntime.history.HistoryReader;
import io.queueruntime.history.HistoryWriter;
import io.queueruntime.history.Operation;
import io.queueruntime.history.Relaxations;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * One data directory and the processes that work on it, one after the other, each of which is
 * killed; then everything is taken out and the history of it all is checked.
 *
 * <p>Confined to one thread.
 */
final class CrashLane {

  /** Most lives in a row that end while they start. */
  private static final int CHAIN_MAX = 5;

  private final Path directory;
  private final Path data;
  private final long seed;
  private final int kills;
  private final CrashProcesses processes;
  private final SplittableRandom random;
  private final DrainedHistory history =
      new DrainedHistory(
          CrashLoad.queues(),
          Relaxations.NONE
              .withClockSlack(Duration.ofMillis(400))
              .withLateness(Duration.ofSeconds(5)),
          List.of());
  private int duringStart;
  private int stopped;

  /** How many more lives end while they start, one right after the other. */
  private int chain;

  CrashLane(Path directory, long seed, int kills, CrashProcesses processes) throws IOException {
    this.directory = Files.createDirectories(directory);
    this.data = directory.resolve("data");
    this.seed = seed;
    this.kills = kills;
    this.processes = processes;
    this.random = new SplittableRandom(seed);
  }

  /** Kills so often, drains and returns what the checker finds. */
  List<Finding> run() {
    try {
      for (int life = 1; life <= kills; life++) {
        live(life);
      }
      return history.findings(CrashLoad.options(data, random));
    } catch (IOException | InterruptedException e) {
      throw new AssertionError("The rig itself failed.", e);
    }
  }

  private void live(int life) throws IOException, InterruptedException {
    Path file = directory.resolve("history-" + life);
    Process process =
        processes.start(data, file, directory.resolve("errors-" + life), life, random.nextLong());
    if (chain == 0 && random.nextInt(8) == 0) {
      chain = 1 + random.nextInt(CHAIN_MAX);
    }
    boolean early = chain > 0;
    chain -= early ? 1 : 0;
    // Mostly soon, now and then after long enough for locks to run out.
    int progress = early ? 0 : random.nextInt(random.nextInt(12) == 0 ? 120 : 10);
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      awaitLine(out, early ? CrashLoad.OPENING : CrashLoad.OPEN, life);
      for (int i = 0; i < progress; i++) {
        awaitLine(out, CrashLoad.PROGRESS, life);
      }
      if (!early && random.nextInt(50) == 0) {
        standStill(process);
        for (int i = 0; i < 4; i++) {
          awaitLine(out, CrashLoad.PROGRESS, life);
        }
      }
      // The moment itself is chance: in the middle of whatever comes next.
      LockSupport.parkNanos(random.nextInt(early ? 40_000_000 : 8_000_000));
      duringStart += early ? 1 : 0;
      // Through the handle: Process.destroyForcibly would close our end of the pipe.
      process.toHandle().destroyForcibly();
      process.waitFor();
    }
    if (Files.exists(file)) {
      history.add(HistoryReader.read(file));
    }
    history.crashed();
  }

  /**
   * Stops the process for so long that every lock it holds runs out, and lets it go on as if
   * nothing had happened.
   */
  private void standStill(Process process) throws IOException, InterruptedException {
    signal("-STOP", process);
    LockSupport.parkNanos(CrashLoad.LOCK.multipliedBy(2).toNanos());
    signal("-CONT", process);
    stopped++;
  }

  private static void signal(String signal, Process process)
      throws IOException, InterruptedException {
    Process sent = new ProcessBuilder("kill", signal, Long.toString(process.pid())).start();
    if (sent.waitFor() != 0) {
      throw new IOException("kill " + signal + " failed");
    }
  }

  private void awaitLine(BufferedReader out, String wanted, int life) throws IOException {
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.equals(wanted)) {
        return;
      }
    }
    throw new AssertionError(
        "Life %d ended before it was killed:%n%s"
            .formatted(life, Files.readString(directory.resolve("errors-" + life))));
  }

  int kills() {
    return kills;
  }

  /** What was done, in one line. */
  String summary() {
    return "seed %d: %d kills, %d of them while starting, %d stops, %d messages acknowledged, %d deliveries, %d events"
        .formatted(
            seed,
            kills,
            duringStart,
            stopped,
            count(Operation.SEND),
            count(Operation.RECEIVE),
            history.events().size());
  }

  /** Messages that such calls were answered with. */
  long count(Operation operation) {
    return history.count(operation);
  }

  /** Writes the history where it outlives the test. */
  Path keep() throws IOException {
    Path kept =
        Files.createDirectories(Path.of("target", "crash-histories")).resolve("seed-" + seed);
    Path written = directory.resolve("whole");
    try (HistoryWriter writer = HistoryWriter.appendingTo(written)) {
      history.events().forEach(writer::write);
    }
    return Files.move(written, kept, StandardCopyOption.REPLACE_EXISTING).toAbsolutePath();
  }
}
