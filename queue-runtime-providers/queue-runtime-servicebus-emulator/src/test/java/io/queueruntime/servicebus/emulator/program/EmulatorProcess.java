package io.queueruntime.servicebus.emulator.program;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The executable jar, running in a process of its own until closed. */
final class EmulatorProcess implements AutoCloseable {

  private static final String READY = "ready ";
  private static final String MANAGEMENT = "management ";

  private final Process process;
  private final BufferedReader out;
  private final BufferedReader err;

  private EmulatorProcess(Process process) {
    this.process = process;
    this.out = process.inputReader(StandardCharsets.UTF_8);
    this.err = process.errorReader(StandardCharsets.UTF_8);
  }

  static EmulatorProcess start(String... arguments) {
    return start(List.of(), arguments);
  }

  static EmulatorProcess start(List<String> jvmOptions, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions);
    command.add("-jar");
    command.add(System.getProperty("emulator.jar"));
    command.addAll(Arrays.asList(arguments));
    try {
      return new EmulatorProcess(new ProcessBuilder(command).start());
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Waits until it serves; fails when it ends instead. */
  String connectionString() {
    return lineAfter(out, READY);
  }

  /** Where its management API is. */
  URI managementEndpoint() {
    return URI.create(lineAfter(err, MANAGEMENT));
  }

  private String lineAfter(BufferedReader from, String word) {
    StringBuilder before = new StringBuilder();
    try {
      for (String line = from.readLine(); line != null; line = from.readLine()) {
        if (line.startsWith(word)) {
          return line.substring(word.length());
        }
        before.append(line).append('\n');
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    throw new AssertionError("The program ended without a line '%s': %s".formatted(word, before));
  }

  long pid() {
    return process.pid();
  }

  /** All it has still to say on standard error, once it has ended. */
  String errors() {
    return String.join("\n", err.lines().toList());
  }

  String output() {
    return String.join("\n", out.lines().toList());
  }

  int exitCode() {
    try {
      if (!process.waitFor(120, TimeUnit.SECONDS)) {
        throw new AssertionError("The program did not end.");
      }
      return process.exitValue();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  /** Ends it without giving it a chance to do anything. */
  void kill() {
    process.toHandle().destroyForcibly();
    exitCode();
  }

  /** Asks it to end. */
  int terminate() {
    process.toHandle().destroy();
    return exitCode();
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      kill();
    }
  }
}
