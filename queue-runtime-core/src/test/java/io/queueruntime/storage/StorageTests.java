package io.queueruntime.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every storage owes the journal, the ones that tests break included. */
class StorageTests {

  enum Kind {
    DISK,
    MEMORY,
    POWER_LOSS,
    FAULTY
  }

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void filesHoldWhatIsWrittenWhereverItFalls(Kind kind) throws IOException {
    SplittableRandom random = new SplittableRandom(7);
    try (Storage storage = open(kind);
        StorageFile file = storage.create("a")) {
      byte[] expected = new byte[0];
      for (int i = 0; i < 300; i++) {
        if (random.nextInt(20) == 0) {
          int size = random.nextInt(expected.length + 1);
          file.truncate(size);
          expected = Arrays.copyOf(expected, size);
        } else {
          byte[] bytes = new byte[random.nextInt(5000)];
          if (random.nextInt(4) > 0) {
            random.nextBytes(bytes);
          }
          int at = random.nextInt(Math.min(expected.length + 1000, 200_000));
          ByteBuffer source = random.nextBoolean() ? ByteBuffer.wrap(bytes) : direct(bytes);
          file.write(source, at);
          assertThat(source.hasRemaining()).isFalse();
          if (bytes.length > 0) {
            expected = Arrays.copyOf(expected, Math.max(expected.length, at + bytes.length));
          }
          System.arraycopy(bytes, 0, expected, Math.min(at, expected.length), bytes.length);
        }
        assertThat(file.size()).isEqualTo(expected.length);
        int from = random.nextInt(expected.length + 10);
        ByteBuffer target = ByteBuffer.allocate(random.nextInt(1, 10_000));
        target.put((byte) 42);
        int count = file.read(target, from);
        assertThat(count)
            .isEqualTo(Math.max(0, Math.min(target.capacity() - 1, expected.length - from)));
        assertThat(target.position()).isEqualTo(1 + count);
        assertThat(target.slice(1, count))
            .isEqualTo(ByteBuffer.wrap(expected, Math.min(from, expected.length), count));
        file.force(random.nextBoolean());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void namesAreCreatedRenamedAndDeleted(Kind kind) throws IOException {
    try (Storage storage = open(kind)) {
      storage.create("b").close();
      try (StorageFile file = storage.create("a")) {
        file.write(direct(new byte[] {1, 2}), 0);
        storage.rename("a", "b");
        file.write(direct(new byte[] {3}), 2);
      }
      storage.create("0").close();
      storage.forceDirectory();
      assertThat(storage.list()).containsExactly("0", "b");
      try (StorageFile file = storage.open("b")) {
        assertThat(file.size()).isEqualTo(3);
      }
      assertThatThrownBy(() -> storage.create("b")).isInstanceOf(FileAlreadyExistsException.class);
      assertThatThrownBy(() -> storage.open("a")).isInstanceOf(NoSuchFileException.class);
      assertThatThrownBy(() -> storage.delete("a")).isInstanceOf(NoSuchFileException.class);
      assertThatThrownBy(() -> storage.rename("a", "c")).isInstanceOf(NoSuchFileException.class);
      storage.delete("b");
      assertThat(storage.list()).containsExactly("0");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ".", "..", ".hidden", "a/b", "../a", "a\\b", "a:b", "a b", "\u00e4", "a\0b"})
  void namesThatAreNotPlainAreRefused(String name) throws IOException {
    for (Kind kind : new Kind[] {Kind.DISK, Kind.MEMORY}) {
      try (Storage storage = open(kind)) {
        storage.create("plain").close();
        assertThatThrownBy(() -> storage.create(name))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("file name");
        assertThatThrownBy(() -> storage.open(name)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> storage.delete(name)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> storage.rename("plain", name)).isInstanceOf(IOException.class);
        storage.delete("plain");
      }
    }
  }

  private static ByteBuffer direct(byte[] bytes) {
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }

  private Storage open(Kind kind) {
    return switch (kind) {
      case DISK -> NioStorage.open(directory.resolve("data"));
      case MEMORY -> new MemoryStorage();
      case POWER_LOSS -> new PowerLossStorage();
      case FAULTY -> new FaultyStorage(new MemoryStorage(), Long.MAX_VALUE);
    };
  }
}
