package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever stands on the disk, reading it ends with a result or a refusal. Inputs that once did not
 * stand in {@code src/test/resources/readers/<target>} for ever; beside them, spoilt samples drawn
 * from one seed. A fuzzer that follows the code's branches is in {@code reliability}.
 */
class ReaderRegressionTests {

  private static final int SPOILT = 400;

  @ParameterizedTest
  @EnumSource
  void readersTakeOrRefuseWhateverTheyFind(ReaderTargets target) throws IOException {
    List<byte[]> samples = target.samples();
    assertThat(samples).isNotEmpty();
    SplittableRandom random = new SplittableRandom(target.ordinal());
    assertTimeoutPreemptively(
        Duration.ofMinutes(2),
        () -> {
          for (byte[] sample : samples) {
            target.accept(sample);
          }
          for (byte[] kept : kept(target)) {
            target.accept(kept);
          }
          for (int i = 0; i < SPOILT; i++) {
            target.accept(spoilt(samples.get(random.nextInt(samples.size())), random));
          }
        });
  }

  private static List<byte[]> kept(ReaderTargets target) throws IOException {
    Path directory = Path.of("src", "test", "resources", "readers", target.name());
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().map(ReaderRegressionTests::bytes).toList();
    }
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static byte[] spoilt(byte[] sample, SplittableRandom random) {
    byte[] bytes = sample.clone();
    for (int left = 1 + random.nextInt(4); left > 0 && bytes.length > 0; left--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt(256);
        case 2 ->
            Arrays.fill(
                bytes,
                at,
                Math.min(bytes.length, at + 1 + random.nextInt(8)),
                (byte) (random.nextBoolean() ? 0xFF : 0x7F));
        default -> bytes = Arrays.copyOf(bytes, at);
      }
    }
    return bytes;
  }
}
