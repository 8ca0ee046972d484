package io.queueruntime.engine;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A mounted file system that forgets what was not forced when its power is cut; see {@code
 * src/test/c/forgetful.c}.
 *
 * <p>Confined to one thread.
 */
final class ForgetfulMount implements AutoCloseable {

  private static final Path SOURCE = Path.of("src", "test", "c", "forgetful.c").toAbsolutePath();

  private final Path directory;
  private final Process process;
  private final BufferedReader out;
  private final OutputStream in;

  private ForgetfulMount(Path directory, Process process) {
    this.directory = directory;
    this.process = process;
    this.out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    this.in = process.getOutputStream();
  }

  /** Why it cannot be mounted here, if so. */
  static String missing(Path scratch) {
    if (!Files.exists(Path.of("/dev/fuse"))) {
      return "there is no /dev/fuse";
    }
    try {
      compile(scratch);
      try (ForgetfulMount mount = mount(scratch, scratch.resolve("try"))) {
        Files.writeString(mount.directory().resolve("x"), "x");
      }
      return "";
    } catch (IOException | IllegalStateException e) {
      return e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  static void compile(Path scratch) throws IOException, InterruptedException {
    Process compiler =
        new ProcessBuilder(
                "sh",
                "-c",
                "gcc -O2 -Wall -Wextra -Werror -o \"$1\" \"$2\" $(pkg-config --cflags --libs fuse3)",
                "sh",
                scratch.resolve("forgetful").toString(),
                SOURCE.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (compiler.waitFor() != 0) {
      throw new IllegalStateException(
          "the file system cannot be compiled (gcc, pkg-config and libfuse3-dev are needed): "
              + said.strip());
    }
  }

  /** Mounts what {@link #compile} left there. */
  static ForgetfulMount mount(Path scratch, Path directory) throws IOException {
    Files.createDirectories(directory);
    Process process =
        new ProcessBuilder(scratch.resolve("forgetful").toString(), directory.toString())
            .redirectError(scratch.resolve("forgetful.errors").toFile())
            .start();
    ForgetfulMount mount = new ForgetfulMount(directory, process);
    if (!"mounted".equals(mount.out.readLine())) {
      throw new IllegalStateException(
          "cannot be mounted: " + Files.readString(scratch.resolve("forgetful.errors")).strip());
    }
    // The kernel knows it only once the first request went through.
    try (var files = Files.list(directory)) {
      if (files.findAny().isPresent()) {
        throw new IllegalStateException("another file system is mounted there already");
      }
    }
    return mount;
  }

  Path directory() {
    return directory;
  }

  /** What was not forced is lost, kept or torn; everything fails from now on. */
  void cut(long seed) throws IOException {
    command("cut " + Long.toUnsignedString(seed));
  }

  void powerOn() throws IOException {
    command("power");
  }

  /** So many bytes are free from now on; -1: no limit. */
  void fill(long bytes) throws IOException {
    command("fill " + bytes);
  }

  private void command(String line) throws IOException {
    in.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    in.flush();
    String answer = out.readLine();
    if (answer == null || answer.startsWith("unknown")) {
      throw new IOException("The file system answered '" + line + "' with " + answer);
    }
  }

  /** Unmounts. */
  @Override
  public void close() throws IOException {
    in.close();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
