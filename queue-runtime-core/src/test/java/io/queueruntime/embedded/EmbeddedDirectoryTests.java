package io.queueruntime.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SubQueue;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What can be wrong with a data directory: the error is clear and typed, and nothing in the
 * directory is lost.
 */
@Timeout(120)
class EmbeddedDirectoryTests {

  private static final QueueName ORDERS = QueueName.of("orders");

  @TempDir Path root;

  private EmbeddedQueueProvider open(Path directory) {
    return new EmbeddedQueueProvider(
        EmbeddedOptions.in(directory).withSegmentSize(1024 * 1024).withMaxMessageSize(100_000));
  }

  private static void send(EmbeddedQueueProvider provider, String text) {
    provider
        .sender(ORDERS)
        .send(OutgoingMessage.of(text.getBytes(StandardCharsets.UTF_8)).build())
        .join();
  }

  private static List<String> receiveAll(EmbeddedQueueProvider provider) {
    return provider.receiver(ORDERS, SubQueue.MAIN).receive(1000, Duration.ZERO).join().stream()
        .map(ReceivedMessage::body)
        .map(body -> new String(body, StandardCharsets.UTF_8))
        .toList();
  }

  private AbstractThrowableAssert<?, ? extends Throwable> assertRefused(
      Path directory, StorageFailed.Reason reason) {
    return assertThatThrownBy(() -> open(directory).close())
        .isInstanceOfSatisfying(
            StorageFailed.class, failure -> assertThat(failure.reason()).isEqualTo(reason));
  }

  @Test
  void aSecondProviderOnADirectoryIsRefusedAndTheFirstGoesOn() {
    try (EmbeddedQueueProvider first = open(root)) {
      first.admin().create(ORDERS, QueueOptions.DEFAULTS);
      send(first, "a");

      assertRefused(root, StorageFailed.Reason.DIRECTORY_IN_USE)
          .hasMessageContaining(root.toString());

      send(first, "b");
      assertThat(receiveAll(first)).containsExactly("a", "b");
    }
  }

  @Test
  void aDirectoryOfAnotherProcessIsRefusedUntilThatProcessHasEnded() throws Exception {
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                root.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader said = other.inputReader(StandardCharsets.UTF_8)) {
      assertThat(said.readLine()).isEqualTo("open");

      assertRefused(root, StorageFailed.Reason.DIRECTORY_IN_USE)
          .hasMessageContaining(root.toString())
          .hasMessageContaining(Long.toString(other.pid()));

      other.getOutputStream().close(); // which ends it
      assertThat(other.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      other.destroyForcibly();
    }
    try (EmbeddedQueueProvider provider = open(root)) {
      assertThat(receiveAll(provider)).containsExactly("from the other process");
    }
  }

  /** Holds a directory from a process of its own until its input ends. */
  static final class Holder {
    public static void main(String[] args) throws IOException {
      try (EmbeddedQueueProvider provider =
          new EmbeddedQueueProvider(EmbeddedOptions.in(Path.of(args[0])))) {
        provider.admin().create(ORDERS, QueueOptions.DEFAULTS);
        send(provider, "from the other process");
        System.out.println("open");
        while (System.in.read() >= 0) {
          // until the other side lets go
        }
      }
    }
  }

  @Test
  void aDirectoryThatIsAFileIsRefused() throws Exception {
    Path file = Files.createFile(root.resolve("file"));

    assertRefused(file, StorageFailed.Reason.DIRECTORY_NOT_USABLE)
        .hasMessageContaining(file.toString());
  }

  @Test
  void damageInTheMiddleIsNeverCutAwaySilently() throws Exception {
    List<String> texts = IntStream.range(100, 200).mapToObj(i -> "message number " + i).toList();
    Path copy = root.resolve("copy");
    try (EmbeddedQueueProvider provider = open(root.resolve("queues"))) {
      provider.admin().create(ORDERS, QueueOptions.DEFAULTS);
      texts.forEach(text -> send(provider, text));
      copyFiles(
          root.resolve("queues"), copy); // as a crash leaves it: all in the journal, no snapshot
    }
    Path segment = fileWith(copy, "message number 150");
    flip(segment, "message number 150");
    byte[] damaged = Files.readAllBytes(segment);

    assertRefused(copy, StorageFailed.Reason.DAMAGED)
        .hasMessageContaining(segment.getFileName().toString());

    assertThat(Files.readAllBytes(segment)).as("nothing is changed").isEqualTo(damaged);
    flip(segment, "message number 150");
    try (EmbeddedQueueProvider repaired = open(copy)) {
      assertThat(receiveAll(repaired)).isEqualTo(texts);
    }
  }

  @Test
  void aTornTailIsCutAndAllBeforeItKept() throws Exception {
    Path copy = root.resolve("copy");
    try (EmbeddedQueueProvider provider = open(root.resolve("queues"))) {
      provider.admin().create(ORDERS, QueueOptions.DEFAULTS);
      send(provider, "first");
      send(provider, "the last one");
      copyFiles(root.resolve("queues"), copy);
    }
    flip(
        fileWith(copy, "the last one"),
        "the last one"); // as if only a part of it had reached the disk

    try (EmbeddedQueueProvider provider = open(copy)) {
      assertThat(receiveAll(provider)).containsExactly("first");
      send(provider, "next");
    }
    try (EmbeddedQueueProvider provider = open(copy)) {
      assertThat(receiveAll(provider)).containsExactly("first", "next");
    }
  }

  private static void copyFiles(Path from, Path to) throws IOException {
    Files.createDirectory(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private static Path fileWith(Path directory, String text) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        if (indexOf(Files.readAllBytes(file), text) >= 0) {
          return file;
        }
      }
    }
    throw new AssertionError("No file in " + directory + " has '" + text + "'.");
  }

  /** Turns one bit of the text's first letter over. */
  private static void flip(Path file, String text) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int at = indexOf(bytes, text.substring(1)) - 1;
    assertThat(at).isNotNegative();
    bytes[at] ^= 1;
    Files.write(file, bytes);
  }

  private static int indexOf(byte[] bytes, String text) {
    return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
  }
}
