package io.queueruntime.histories;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** A {@link Member} as the process that started it sees it. Used by one thread. */
final class MemberProcess implements AutoCloseable {

  private static final int LEAVE_MAX_SECONDS = 60;

  private final String name;
  private final Process process;
  private final ConcurrentHashMap<String, CompletableFuture<Void>> said = new ConcurrentHashMap<>();

  private MemberProcess(String name, Process process) {
    this.name = name;
    this.process = process;
    Thread reading = new Thread(this::read, "output of " + name);
    reading.setDaemon(true);
    reading.start();
  }

  /**
   * Starts one.
   *
   * @param directory where its history and its log go, each in a file with its name
   * @param messages it sends; 0: it listens
   */
  static MemberProcess start(
      RunOptions options, Broker broker, Path directory, String name, Mix mix, int messages)
      throws IOException {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx512m",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Member.class.getName(),
                    options.provider(),
                    broker.address(),
                    directory.resolve(name + ".history").toString(),
                    name,
                    String.valueOf(mix.part()),
                    String.valueOf(messages),
                    String.valueOf(options.seed() + mix.part())))
            .redirectError(directory.resolve(name + ".log").toFile())
            .start();
    return new MemberProcess(name, process);
  }

  private void read() {
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        word(line).complete(null);
      }
    } catch (IOException e) {
      // it has ended
    }
    said.values()
        .forEach(
            word ->
                word.completeExceptionally(
                    new IllegalStateException("Member '" + name + "' has ended; see its log.")));
  }

  private CompletableFuture<Void> word(String line) {
    return said.computeIfAbsent(line, l -> new CompletableFuture<>());
  }

  String name() {
    return name;
  }

  /** Whether it has said that. */
  boolean hasSaid(String line) {
    return word(line).isDone();
  }

  /** Waits until it says that; at most that long. */
  void await(String line, long seconds) throws Exception {
    if (!process.isAlive() && !hasSaid(line)) {
      throw new IllegalStateException("Member '" + name + "' has ended; see its log.");
    }
    word(line).get(seconds, TimeUnit.SECONDS);
  }

  /** Kills it, and waits until it is gone. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Asks it to leave; false when it had to be killed. */
  boolean leave() throws InterruptedException {
    try (OutputStream in = process.getOutputStream()) {
      in.write("leave\n".getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // it has ended already
    }
    if (process.waitFor(LEAVE_MAX_SECONDS, TimeUnit.SECONDS)) {
      return true;
    }
    kill();
    return false;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
