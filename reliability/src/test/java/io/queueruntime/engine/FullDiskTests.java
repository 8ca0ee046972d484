package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.queueruntime.QueueRuntimeException.QuotaExceeded;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SubQueue;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A real disk without a free byte: sends are refused, what is there can still be settled, and sends
 * go on soon after there is space again.
 */
class FullDiskTests {

  enum Disk {
    TMPFS,
    EXT4
  }

  private static final QueueName QUEUE = QueueName.of("orders");
  private static final int SEGMENT = 4 * 1024 * 1024;
  private static final int COMPLETIONS = 1_000;
  private static final int DEAD_LETTERS = 100;
  private static final Duration BACK_WITHIN = Duration.ofSeconds(2);

  /** Time for a machine that does something else meanwhile. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void settlementsSucceedOnAFullDiskAndSendsOnceThereIsSpaceAgain(Disk disk) throws Exception {
    Path mount = Files.createDirectories(directory.resolve("mount"));
    String refused = mount(disk, mount);
    if (!refused.isEmpty()) {
      System.out.println("RIG SKIPPED full-disk " + disk + ": " + refused);
    }
    assumeTrue(refused.isEmpty(), refused);
    try {
      fillAndFree(disk, mount);
    } finally {
      command("umount", mount.toString());
    }
  }

  private void fillAndFree(Disk disk, Path mount) throws Exception {
    EngineOptions options =
        EngineOptions.in(mount.resolve("data"))
            .withSegmentSize(SEGMENT)
            .withSendTimeout(Duration.ofMillis(200));
    int sent;
    Path filler = mount.resolve("filler");
    // Room for two segments, which somebody else has until he deletes his file.
    Files.write(filler, new byte[2 * SEGMENT]);
    try (QueueEngine engine = QueueEngine.open(options)) {
      engine
          .createQueue(QUEUE, QueueOptions.DEFAULTS.withLockDuration(Duration.ofMinutes(5)))
          .join();
      sent = sendUntilRefused(engine);
      fill(filler);
      assertThat(sent).isGreaterThan(COMPLETIONS + DEAD_LETTERS);
      assertThat(trySend(engine)).isFalse();
      settle(engine);
      assertThat(engine.failure()).isEmpty();
      assertThat(trySend(engine)).isFalse();
      Files.delete(filler);
      long freed = System.nanoTime();
      Duration needed = null;
      while (needed == null) {
        if (trySend(engine)) {
          needed = Duration.ofNanos(System.nanoTime() - freed);
          sent++;
        }
        assertThat(System.nanoTime() - freed).isLessThan(PATIENCE.toNanos());
      }
      System.out.printf(
          "RIG full-disk disk=%s cycles=%d violations=%d sends again after %d ms%n",
          disk,
          COMPLETIONS + DEAD_LETTERS,
          needed.compareTo(BACK_WITHIN) > 0 ? 1 : 0,
          needed.toMillis());
    }
    try (QueueEngine engine = QueueEngine.open(options)) {
      QueueStatistics left = engine.statistics(QUEUE).join();
      assertThat(left.active()).isEqualTo(sent - COMPLETIONS - DEAD_LETTERS);
      assertThat(left.deadLetter()).isEqualTo(DEAD_LETTERS);
    }
  }

  private static int sendUntilRefused(QueueEngine engine) {
    int sent = 0;
    while (trySend(engine)) {
      sent++;
    }
    return sent;
  }

  private static boolean trySend(QueueEngine engine) {
    try {
      engine.send(QUEUE, OutgoingMessage.of(new byte[4_000]).build()).join();
      return true;
    } catch (CompletionException e) {
      assertThat(e.getCause()).isInstanceOf(QuotaExceeded.class);
      return false;
    }
  }

  private static void settle(QueueEngine engine) {
    List<ReceivedMessage<byte[]>> messages = new ArrayList<>();
    while (messages.size() < COMPLETIONS + DEAD_LETTERS) {
      messages.addAll(
          engine
              .receive(
                  QUEUE, SubQueue.MAIN, COMPLETIONS + DEAD_LETTERS - messages.size(), Duration.ZERO)
              .join());
    }
    List<CompletableFuture<?>> settled = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      var token = messages.get(i).lockToken().orElseThrow();
      settled.add(
          i < DEAD_LETTERS
              ? engine.deadLetter(QUEUE, token, "no use", "the disk is full", null)
              : engine.complete(QUEUE, token));
    }
    settled.forEach(CompletableFuture::join);
  }

  /** Takes every byte there is. */
  private static void fill(Path filler) throws IOException {
    // Ext4 gives what was deleted back a while later, so more than once.
    for (int round = 0; round < 12; round++) {
      if (round > 3 && Files.getFileStore(filler).getUsableSpace() == 0) {
        break;
      }
      byte[] piece = new byte[round % 3 == 0 ? 64 * 1024 : round % 3 == 1 ? 512 : 1];
      try (OutputStream out =
          Files.newOutputStream(
              filler,
              java.nio.file.StandardOpenOption.CREATE,
              java.nio.file.StandardOpenOption.APPEND)) {
        while (true) {
          out.write(piece);
        }
      } catch (IOException full) {
        // a smaller piece may still fit
      }
    }
    // Ext4 keeps some of it back for itself and calls that free; no segment can be made of it.
    assertThat(Files.getFileStore(filler).getUsableSpace()).isLessThan(SEGMENT / 2);
  }

  /** Why it cannot be mounted, if so. */
  private String mount(Disk disk, Path mount) throws Exception {
    if (disk == Disk.TMPFS) {
      return command("mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", mount.toString());
    }
    Path image = directory.resolve("image");
    try (var file = new java.io.RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(40L * 1024 * 1024);
    }
    String refused = command("mkfs.ext4", "-q", "-m", "0", image.toString());
    return refused.isEmpty()
        ? command("mount", "-o", "loop", image.toString(), mount.toString())
        : refused;
  }

  private static String command(String... words) throws Exception {
    try {
      Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 ? "" : Arrays.toString(words) + " said: " + said.strip();
    } catch (IOException e) {
      return e.getMessage();
    }
  }
}
