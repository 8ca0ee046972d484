package io.queueruntime.engine;

import io.queueruntime.history.Finding;
import io.queueruntime.history.HistoryReader;
import io.queueruntime.history.HistoryWriter;
import io.queueruntime.history.Relaxations;
import java.io.BufferedReader;
import java.io.File;
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
 * A real process with all its threads on a real mount, whose power is cut again and again; then
 * everything is taken out and the history of it all is checked.
 *
 * <p>What nobody waits for may be lost with the power: here that is the count of deliveries.
 * Confined to one thread.
 */
final class PowerCutLane {

  private static final Relaxations RELAXATIONS =
      Relaxations.NONE
          .withClockSlack(Duration.ofMillis(400))
          .withLateness(Duration.ofSeconds(30))
          .withCrashForgetsDeliveries(true);

  private final Path directory;
  private final ForgetfulMount mount;
  private final long seed;
  private final int cuts;
  private final String classPathStart;
  private final SplittableRandom random;
  private final DrainedHistory history;

  /**
   * @param classPathStart what the processes' class path begins with; empty: nothing but ours
   */
  PowerCutLane(Path directory, ForgetfulMount mount, long seed, int cuts, String classPathStart)
      throws IOException {
    this.directory = Files.createDirectories(directory);
    this.mount = mount;
    this.seed = seed;
    this.cuts = cuts;
    this.classPathStart = classPathStart;
    this.random = new SplittableRandom(seed);
    this.history = new DrainedHistory(CrashLoad.queues(), RELAXATIONS, List.of());
  }

  /** What was wrong, in words; empty: nothing. */
  String run() throws IOException, InterruptedException {
    Path data = mount.directory().resolve("data-" + seed);
    for (int life = 1; life <= cuts; life++) {
      String wrong = live(life, data);
      if (!wrong.isEmpty()) {
        return "seed %d, life %d: %s".formatted(seed, life, wrong);
      }
    }
    try {
      List<Finding> findings = history.findings(CrashLoad.options(data, random));
      SystemCallRig.delete(data);
      return findings.isEmpty()
          ? ""
          : "seed %d: %d findings, the first: %s; the history is kept as %s"
              .formatted(seed, findings.size(), findings.get(0), keep());
    } catch (RuntimeException wrong) {
      return "seed %d: cannot be read back: %s; the history is kept as %s"
          .formatted(seed, wrong, keep());
    }
  }

  private String live(int life, Path data) throws IOException, InterruptedException {
    Path file = directory.resolve("history-" + seed + "-" + life);
    Path errors = directory.resolve("errors");
    Process process = start(data, file, errors, life);
    boolean early = random.nextInt(5) == 0;
    int progress = early ? 0 : random.nextInt(random.nextInt(6) == 0 ? 120 : 30);
    boolean came;
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      came = await(out, early ? CrashLoad.OPENING : CrashLoad.OPEN);
      for (int i = 0; came && i < progress; i++) {
        came = await(out, CrashLoad.PROGRESS);
      }
      LockSupport.parkNanos(random.nextInt(early ? 60_000_000 : 8_000_000));
      mount.cut(random.nextLong());
      process.toHandle().destroyForcibly();
      process.waitFor();
    }
    mount.powerOn();
    if (Files.exists(file)) {
      history.add(HistoryReader.read(file));
      Files.delete(file);
    }
    history.crashed();
    return came ? "" : "it ended before the power was cut: " + Files.readString(errors).strip();
  }

  private Process start(Path data, Path file, Path errors, int life) throws IOException {
    String classPath = SystemCalls.classPath();
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xshare:auto",
            "-Xmx128m",
            "-cp",
            classPathStart.isEmpty() ? classPath : classPathStart + File.pathSeparator + classPath,
            CrashLoad.class.getName(),
            data.toString(),
            file.toString(),
            Integer.toString(life),
            Long.toString(random.nextLong()))
        .redirectError(errors.toFile())
        .start();
  }

  private static boolean await(BufferedReader out, String wanted) throws IOException {
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.equals(wanted)) {
        return true;
      }
    }
    return false;
  }

  /** Writes the history where it outlives the test. */
  private Path keep() throws IOException {
    Path kept = Files.createDirectories(Path.of("target", "power-cut-histories"));
    Path written = directory.resolve("whole");
    try (HistoryWriter writer = HistoryWriter.appendingTo(written)) {
      history.events().forEach(writer::write);
    }
    return Files.move(written, kept.resolve("seed-" + seed), StandardCopyOption.REPLACE_EXISTING)
        .toAbsolutePath();
  }
}
