package io.queueruntime.engine;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A {@link ScenarioProcess} under {@code strace}, which looks at its system calls on one directory,
 * and does something at the n-th.
 *
 * <p>The processes' calls are told apart by path, and a path must be known before: so one run
 * without disturbance comes first and says what is touched and how often.
 *
 * <p>Confined to one thread.
 */
final class SystemCalls {

  /** What the JDK's channels make of writes, forces, truncations and changes of a directory. */
  static final List<String> NAMES =
      List.of("pwrite64", "fdatasync", "fsync", "ftruncate", "rename", "unlink", "openat");

  private static final Pattern CALL = Pattern.compile("^\\d+ +([a-z0-9_]+)\\(.*");
  private static final Pattern QUOTED = Pattern.compile("\"(/[^\"]+)\"");
  private static final long TIMEOUT_SECONDS = 120;

  private final Scenario scenario;
  private final Path directory;
  private final Path scratch;
  private final Set<String> paths = new TreeSet<>();

  SystemCalls(Scenario scenario, Path directory, Path scratch) {
    this.scenario = scenario;
    this.directory = directory;
    this.scratch = scratch;
  }

  /** Why there is nothing to look through, if so. */
  static String missing() {
    try {
      Process strace =
          new ProcessBuilder("strace", "-f", "-qq", "-e", "trace=none", "true")
              .redirectErrorStream(true)
              .start();
      String said = new String(strace.getInputStream().readAllBytes()).strip();
      return strace.waitFor() == 0 ? "" : "strace does not work here: " + said;
    } catch (IOException e) {
      return "strace is not installed: " + e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  /** Runs undisturbed; how often each call was made on the directory. */
  Map<String, Integer> count() throws IOException, InterruptedException {
    Path trace = scratch.resolve("trace");
    List<String> strace =
        List.of("strace", "-f", "-qq", "-y", "-o", trace.toString(), "-e", "trace=" + names());
    int exit = run(strace, scratch.resolve("history-count"), "count");
    if (exit != ScenarioProcess.ALL_WELL) {
      throw new AssertionError(
          scenario + " does not even work undisturbed: " + Files.readString(errors()));
    }
    Map<String, Integer> counts = new TreeMap<>();
    String inside = directory.toString();
    paths.add(inside);
    for (String line : Files.readAllLines(trace)) {
      Matcher call = CALL.matcher(line);
      // With -y a descriptor's path stands behind it in angle brackets.
      if (!call.matches() || !(line.contains("\"" + inside) || line.contains("<" + inside))) {
        continue;
      }
      counts.merge(call.group(1), 1, Integer::sum);
      Matcher quoted = QUOTED.matcher(line);
      while (quoted.find()) {
        if (quoted.group(1).startsWith(inside)) {
          paths.add(quoted.group(1));
        }
      }
    }
    return counts;
  }

  /**
   * Runs until that call, and what is done to it.
   *
   * @param what as strace has it: {@code signal=SIGKILL}, {@code error=EIO}
   * @param when which of the calls: {@code 3}, {@code 3+} for the third and all later ones
   */
  int disturbed(String call, String what, String when, Path history)
      throws IOException, InterruptedException {
    List<String> strace = new ArrayList<>(List.of("strace", "-f", "-qq", "-o", "/dev/null"));
    for (String path : paths) {
      strace.add("-P");
      strace.add(path);
    }
    strace.add("-e");
    strace.add("trace=" + call);
    strace.add("-e");
    strace.add("inject=" + call + ":" + what + ":when=" + when);
    return run(strace, history, "life");
  }

  /** What must be there before; not disturbed. */
  static void prepare(Scenario scenario, Path directory, Path scratch)
      throws IOException, InterruptedException {
    SystemCalls calls = new SystemCalls(scenario, directory, scratch);
    int exit = calls.run(List.of(), scratch.resolve("history-prepare"), "before", "prepare");
    if (exit != ScenarioProcess.ALL_WELL) {
      throw new AssertionError(
          scenario + " cannot be prepared: " + Files.readString(calls.errors()));
    }
  }

  private static String names() {
    return String.join(",", NAMES);
  }

  private Path errors() {
    return scratch.resolve("errors");
  }

  private int run(List<String> before, Path history, String life)
      throws IOException, InterruptedException {
    return run(before, history, life, "act");
  }

  private int run(List<String> before, Path history, String life, String phase)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(before);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-Xshare:auto",
            "-Xmx64m",
            "-cp",
            classPath(),
            ScenarioProcess.class.getName(),
            scenario.name(),
            phase,
            directory.toString(),
            history.toString(),
            life));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(errors().toFile())
            .start();
    if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      process.toHandle().descendants().forEach(ProcessHandle::destroyForcibly);
      process.toHandle().destroyForcibly();
      throw new AssertionError(scenario + " did not end: " + Files.readString(errors()));
    }
    return process.exitValue();
  }

  /** What the process printed last. */
  String said() throws IOException {
    return Files.readString(errors()).strip();
  }

  /** Without a logging backend, which would double the time a process needs to start. */
  static String classPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(
            entry ->
                entry.contains("queue-runtime")
                    || entry.endsWith("classes")
                    || Arrays.asList("jctools", "slf4j-api", "jspecify", "jackson", "micrometer")
                        .stream()
                        .anyMatch(entry::contains))
        .collect(Collectors.joining(File.pathSeparator));
  }
}
