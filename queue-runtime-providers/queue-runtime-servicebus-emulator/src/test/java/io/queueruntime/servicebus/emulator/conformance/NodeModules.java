package io.queueruntime.servicebus.emulator.conformance;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Azure's JavaScript SDK in {@code target/conformance-js}, installed by npm from the lock file once
 * and again when that changes.
 */
final class NodeModules {

  private static final Path SOURCE = Path.of("src", "test", "js");
  private static final Path DIRECTORY = Path.of("target", "conformance-js");
  private static final List<String> FILES = List.of("package.json", "package-lock.json");
  private static final int OLDEST_NODE = 20;

  private NodeModules() {}

  /** Why JavaScript cannot be run here; empty when it can. */
  static Optional<String> missing() throws IOException, InterruptedException {
    for (String program : List.of("node", "npm")) {
      if (!onPath(program)) {
        return Optional.of(program + " is not on the path");
      }
    }
    Path out = Files.createTempFile("node-version", ".txt");
    try {
      run(Path.of("."), out, 120, "node", "--version");
      String version = Files.readString(out).strip();
      int major = Integer.parseInt(version.substring(1, version.indexOf('.')));
      return major >= OLDEST_NODE
          ? Optional.empty()
          : Optional.of("node is " + version + ", the SDK needs " + OLDEST_NODE + " or newer");
    } finally {
      Files.delete(out);
    }
  }

  /** The directory with the driver and what it imports. */
  static Path install() throws IOException, InterruptedException {
    Files.createDirectories(DIRECTORY);
    Path mark = DIRECTORY.resolve("installed.json");
    String wanted = Files.readString(SOURCE.resolve("package-lock.json"));
    boolean installed = Files.exists(mark) && Files.readString(mark).equals(wanted);
    for (String file : FILES) {
      copy(file);
    }
    copy("driver.mjs");
    if (!installed) {
      Path log = DIRECTORY.resolve("npm.log");
      int code =
          run(DIRECTORY, log, 300, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
      if (code != 0) {
        throw new IOException(
            "npm ci in %s failed with %d: %s".formatted(DIRECTORY, code, Files.readString(log)));
      }
      Files.writeString(mark, wanted, StandardCharsets.UTF_8);
    }
    return DIRECTORY;
  }

  private static void copy(String file) throws IOException {
    Files.copy(SOURCE.resolve(file), DIRECTORY.resolve(file), StandardCopyOption.REPLACE_EXISTING);
  }

  private static int run(Path in, Path log, int seconds, String... command)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(in.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(
          "%s did not end within %d s.".formatted(String.join(" ", command), seconds));
    }
    return process.exitValue();
  }

  private static boolean onPath(String program) {
    for (String directory : System.getenv("PATH").split(File.pathSeparator)) {
      if (Files.isExecutable(Path.of(directory, program))) {
        return true;
      }
    }
    return false;
  }
}
