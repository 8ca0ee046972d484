package io.queueruntime.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.QueueRuntimeException.StorageFailed.Reason;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class NioStorageTests {

  @TempDir Path directory;

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void nobodyElseMayReadTheDirectoryOrItsFiles() throws IOException {
    Path data = directory.resolve("missing").resolve("data");
    try (Storage storage = NioStorage.open(data)) {
      storage.create("a").close();
      assertThat(permissions(data)).isEqualTo("rwx------");
      assertThat(permissions(data.resolve("a"))).isEqualTo("rw-------");
      assertThat(permissions(data.resolve("owner.lock"))).isEqualTo("rw-------");
    }
  }

  @Test
  void onlyPlainFilesAreListedAndNotTheOwnersLock() throws IOException {
    try (Storage storage = NioStorage.open(directory)) {
      Files.createDirectory(directory.resolve("folder"));
      storage.create("a").close();
      assertThat(storage.list()).containsExactly("a");
    }
  }

  @Test
  void whatIsNoDirectoryIsRefused() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertNotUsable(file);
    assertNotUsable(file.resolve("below"));
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aLinkIsFollowedToADirectoryAndNowhereElse() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertNotUsable(Files.createSymbolicLink(directory.resolve("to-file"), file));
    assertNotUsable(
        Files.createSymbolicLink(directory.resolve("to-nothing"), directory.resolve("nothing")));
    Path real = Files.createDirectory(directory.resolve("real"));
    Path link = Files.createSymbolicLink(directory.resolve("to-directory"), real);
    try (Storage storage = NioStorage.open(link)) {
      storage.create("a").close();
      assertThat(real.resolve("a")).exists();
      // The same directory under another name has the same owner.
      assertThatThrownBy(() -> NioStorage.open(real)).isInstanceOf(StorageFailed.class);
      Files.createSymbolicLink(real.resolve("b"), file);
      assertThatThrownBy(() -> storage.open("b")).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aSecondOwnerInThisProcessIsRefusedUntilTheFirstIsClosed() {
    NioStorage first = NioStorage.open(directory);
    for (int i = 0; i < 3; i++) {
      StorageFailed refused =
          catchThrowableOfType(StorageFailed.class, () -> NioStorage.open(directory));
      assertThat(refused.reason()).isEqualTo(Reason.DIRECTORY_IN_USE);
      assertThat(refused)
          .hasMessageContaining(directory.toString())
          .hasMessageContaining("pid " + ProcessHandle.current().pid());
    }
    first.close();
    first.close();
    NioStorage.open(directory).close();
  }

  @Test
  void anotherProcessIsRefusedAlsoAfterARefusalInThisOne() throws Exception {
    try (Storage storage = NioStorage.open(directory)) {
      assertThatThrownBy(() -> NioStorage.open(directory)).isInstanceOf(StorageFailed.class);
      assertThat(storage.list()).isEmpty();
      Process other = otherProcess();
      try (BufferedReader answers = other.inputReader()) {
        assertThat(answers.readLine())
            .startsWith("refused")
            .contains("owned by another process")
            .contains("pid " + ProcessHandle.current().pid())
            .contains("Stop that process");
      } finally {
        other.destroyForcibly().waitFor();
      }
    }
  }

  @Test
  void theOwnerIsTheProcessAndGoesWithIt() throws Exception {
    Process other = otherProcess();
    try (BufferedReader answers = other.inputReader()) {
      assertThat(answers.readLine()).isEqualTo("opened");
      StorageFailed refused =
          catchThrowableOfType(StorageFailed.class, () -> NioStorage.open(directory));
      assertThat(refused.reason()).isEqualTo(Reason.DIRECTORY_IN_USE);
      assertThat(refused).hasMessageContaining("pid " + other.pid());
    } finally {
      other.destroyForcibly().waitFor();
    }
    NioStorage.open(directory).close();
  }

  @Test
  void anInterruptNeitherStopsTheWorkNorIsItForgotten() throws Exception {
    try (Storage storage = NioStorage.open(directory);
        StorageFile file = storage.create("a")) {
      Thread.currentThread().interrupt();
      file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 0);
      file.force(true);
      storage.forceDirectory();
      ByteBuffer read = ByteBuffer.allocate(3);
      assertThat(file.read(read, 0)).isEqualTo(3);
      assertThat(file.size()).isEqualTo(3);
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void interruptsInTheMiddleOfReadsWritesAndForcesChangeNothing() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    Thread worker = Thread.currentThread();
    Thread interrupter =
        new Thread(
            () -> {
              while (!done.get()) {
                worker.interrupt();
                Thread.onSpinWait();
              }
            });
    try (Storage storage = NioStorage.open(directory);
        StorageFile file = storage.create("a")) {
      byte[] block = new byte[32 * 1024];
      ByteBuffer read = ByteBuffer.allocate(block.length);
      interrupter.start();
      try {
        for (int i = 0; i < 300; i++) {
          Arrays.fill(block, (byte) i);
          file.write(ByteBuffer.wrap(block), (long) i * block.length);
          file.force(false);
          file.read(read.clear(), (long) i * block.length);
          assertThat(read.flip()).isEqualTo(ByteBuffer.wrap(block));
        }
      } finally {
        done.set(true);
        while (interrupter.isAlive()) {
          Thread.interrupted();
          try {
            interrupter.join();
          } catch (InterruptedException e) {
            // The last one.
          }
        }
        Thread.interrupted();
      }
      assertThat(file.size()).isEqualTo(300L * block.length);
    }
  }

  private static void assertNotUsable(Path path) {
    StorageFailed refused = catchThrowableOfType(StorageFailed.class, () -> NioStorage.open(path));
    assertThat(refused).isNotNull();
    assertThat(refused.reason()).isEqualTo(Reason.DIRECTORY_NOT_USABLE);
    assertThat(refused).hasMessageContaining(path.toString()).hasMessageContaining("Check that");
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  private Process otherProcess() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            OtherProcess.class.getName(),
            directory.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** Opens the directory, says how that went, and holds it until its input ends. */
  static final class OtherProcess {

    public static void main(String[] arguments) throws IOException {
      try (Storage storage = NioStorage.open(Path.of(arguments[0]))) {
        System.out.println(storage.list().isEmpty() ? "opened" : "opened, but not empty");
        System.in.read();
      } catch (StorageFailed e) {
        System.out.println("refused: " + e.getMessage());
      }
    }
  }
}
