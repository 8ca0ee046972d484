package io.queueruntime.engine;

import io.queueruntime.history.Finding;
import io.queueruntime.history.HistoryEvent;
import io.queueruntime.history.HistoryReader;
import io.queueruntime.history.Relaxations;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Disturbs one {@link Scenario} at its first, second, third … call of a kind until it gets through
 * undisturbed, and checks after each what a new process finds.
 *
 * <p>Confined to one thread.
 */
final class SystemCallRig {

  /** What is done to a call. */
  enum Fault {
    /** The process is dead before the call does anything. */
    KILL("signal=SIGKILL", true),
    /** The call fails, and so do all later ones of its kind. */
    EIO("error=EIO", false),
    /** Once only; the next would succeed. */
    EIO_ONCE("error=EIO", true),
    ENOSPC("error=ENOSPC", false),
    ENOSPC_ONCE("error=ENOSPC", true);

    final String what;
    final boolean once;

    Fault(String what, boolean once) {
      this.what = what;
      this.once = once;
    }
  }

  /** How many calls were disturbed, and what was wrong afterwards. */
  record Outcome(int points, List<String> violations) {}

  private static final int KILLED = 128 + 9;

  private final Scenario scenario;
  private final Fault fault;
  private final int stride;
  private final Path root;
  private final Path pristine;
  private final List<String> violations = new ArrayList<>();
  private int points;

  /**
   * @param stride every so many-th call only; 1: all
   */
  SystemCallRig(Scenario scenario, Fault fault, int stride, Path root) throws IOException {
    this.scenario = scenario;
    this.fault = fault;
    this.stride = stride;
    this.root = Files.createDirectories(root);
    this.pristine = root.resolve("pristine");
  }

  Outcome run(List<String> calls) throws IOException, InterruptedException {
    prepare();
    Path data = root.resolve("data");
    SystemCalls system = new SystemCalls(scenario, data, root);
    renew(data);
    Map<String, Integer> counts = system.count();
    for (String call : calls) {
      int made = counts.getOrDefault(call, 0);
      for (int n = 1; n <= made; n += stride) {
        renew(data);
        disturb(system, call, n, data, true);
      }
      // One more than there are: this one must get through, or the calls were not counted right.
      if (made > 0 && fault == Fault.KILL) {
        renew(data);
        disturb(system, call, made + 1, data, false);
      }
    }
    return new Outcome(points, violations);
  }

  private void disturb(SystemCalls system, String call, int n, Path data, boolean reached)
      throws IOException, InterruptedException {
    Path history = root.resolve("history");
    Files.deleteIfExists(history);
    int exit = system.disturbed(call, fault.what, fault.once ? "" + n : n + "+", history);
    String where = scenario + ", " + fault + " at " + call + " " + n;
    boolean killed = fault == Fault.KILL && exit == KILLED;
    if (fault == Fault.KILL && scenario.isSteady() && killed != reached) {
      violations.add(
          "%s: ended with %d, though it has %s such calls: %s"
              .formatted(where, exit, reached ? "so many" : "fewer", system.said()));
    } else if (!killed) {
      checkExit(where, exit, system);
    }
    points += fault == Fault.KILL ? (killed ? 1 : 0) : 1;
    check(where, history, data);
  }

  private void checkExit(String where, int exit, SystemCalls system) throws IOException {
    if (exit != ScenarioProcess.ALL_WELL && exit != ScenarioProcess.STORAGE_FAILED) {
      violations.add(where + ": ended with " + exit + ": " + system.said());
    }
  }

  private void check(String where, Path history, Path data) throws IOException {
    List<HistoryEvent> events = new ArrayList<>();
    if (!scenario.startsEmpty()) {
      events.addAll(HistoryReader.read(root.resolve("history-prepare")));
    }
    DrainedHistory drained = drained(events, history);
    try {
      for (Finding finding : drained.findings(ScenarioProcess.options(data))) {
        violations.add(where + ": " + finding);
      }
    } catch (RuntimeException wrong) {
      violations.add(where + ": cannot be read back: " + wrong);
    }
  }

  private DrainedHistory drained(List<HistoryEvent> events, Path history) throws IOException {
    DrainedHistory drained =
        new DrainedHistory(
            Scenario.Work.queues(),
            Relaxations.NONE
                .withClockSlack(Duration.ofMillis(400))
                .withLateness(Duration.ofSeconds(30)),
            events);
    if (!events.isEmpty()) {
      drained.crashed();
    }
    if (Files.exists(history)) {
      drained.add(HistoryReader.read(history));
      drained.crashed();
    }
    return drained;
  }

  private void prepare() throws IOException, InterruptedException {
    if (scenario.startsEmpty()) {
      Files.createDirectories(pristine);
      return;
    }
    SystemCalls.prepare(scenario, pristine, root);
    if (scenario.leavesTornTail()) {
      tearTail();
    }
  }

  /** Half a record where the next one would begin, and a file that was never finished. */
  private void tearTail() throws IOException {
    Path last;
    try (Stream<Path> files = Files.list(pristine)) {
      last =
          files
              .filter(file -> file.toString().endsWith(".qj"))
              .filter(SystemCallRig::holdsRecords)
              .max(Comparator.naturalOrder())
              .orElseThrow();
    }
    try (RandomAccessFile file = new RandomAccessFile(last.toFile(), "rw")) {
      byte[] all = Files.readAllBytes(last);
      int end = all.length;
      while (end > 0 && all[end - 1] == 0) {
        end--;
      }
      int start = Math.min(all.length - 600, end + 64);
      file.seek(start);
      file.write(Arrays.copyOfRange(all, 64, 564));
    }
    Files.write(pristine.resolve("journal-0000000099.qj.1.tmp"), new byte[1000]);
  }

  private static boolean holdsRecords(Path segment) {
    try {
      byte[] bytes = Files.readAllBytes(segment);
      for (int i = 64; i < bytes.length; i++) {
        if (bytes[i] != 0) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void renew(Path data) throws IOException {
    delete(data);
    if (scenario.startsEmpty()) {
      return;
    }
    Files.createDirectories(data);
    try (Stream<Path> files = Files.list(pristine)) {
      for (Path file : files.toList()) {
        Files.copy(file, data.resolve(file.getFileName()));
      }
    }
  }

  static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
