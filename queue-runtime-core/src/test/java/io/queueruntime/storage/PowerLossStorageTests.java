package io.queueruntime.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PowerLossStorageTests {

  private static final int SEEDS = 300;

  @Test
  void whatWasForcedSurvivesEveryCut() throws IOException {
    for (long seed = 0; seed < SEEDS; seed++) {
      PowerLossStorage disk = new PowerLossStorage();
      StorageFile file = disk.create("a");
      file.write(text("x".repeat(2000)), 0);
      file.force(true);
      disk.forceDirectory();
      file.write(text("y".repeat(700)), 2000);
      PowerLossStorage survived = disk.powerCut(seed);
      assertThat(content(survived, "a").substring(0, 2000)).isEqualTo("x".repeat(2000));
    }
  }

  @Test
  void whatWasNotForcedIsKeptDroppedOrTornSectorBySector() throws IOException {
    Set<String> fates = new HashSet<>();
    for (long seed = 0; seed < SEEDS; seed++) {
      PowerLossStorage disk = new PowerLossStorage();
      StorageFile file = disk.create("a");
      file.write(text("o".repeat(3 * 512)), 0);
      file.force(true);
      disk.forceDirectory();
      file.write(text("n".repeat(3 * 512)), 0);
      String found = content(disk.powerCut(seed), "a");
      StringBuilder fate = new StringBuilder();
      for (int sector = 0; sector < 3; sector++) {
        String bytes = found.substring(sector * 512, sector * 512 + 512);
        fate.append(bytes.indexOf('o') < 0 ? 'n' : bytes.indexOf('n') < 0 ? 'o' : 't');
      }
      fates.add(fate.toString());
    }
    assertThat(fates).contains("nnn", "ooo", "ono", "non", "nno", "oon");
    assertThat(fates).anyMatch(fate -> fate.contains("t"));
  }

  @Test
  void aSizeMaySurviveWithoutTheBytesAndTheOtherWayRound() throws IOException {
    Set<Long> sizes = new HashSet<>();
    boolean gap = false;
    for (long seed = 0; seed < SEEDS; seed++) {
      PowerLossStorage disk = new PowerLossStorage();
      StorageFile file = disk.create("a");
      file.force(true);
      disk.forceDirectory();
      file.write(text("n".repeat(1024)), 0);
      PowerLossStorage survived = disk.powerCut(seed);
      long size = survived.open("a").size();
      sizes.add(size);
      gap |= size == 1024 && content(survived, "a").startsWith("\0".repeat(512));
    }
    assertThat(sizes).contains(0L, 1024L).hasSizeGreaterThan(2);
    assertThat(gap).isTrue();
  }

  @Test
  void aForceWithoutMetadataLeavesTheSizeToChance() throws IOException {
    Set<Long> sizes = new HashSet<>();
    for (long seed = 0; seed < SEEDS; seed++) {
      PowerLossStorage disk = new PowerLossStorage();
      StorageFile file = disk.create("a");
      disk.forceDirectory();
      file.write(text("n".repeat(1024)), 0);
      file.force(false);
      sizes.add(disk.powerCut(seed).open("a").size());
    }
    assertThat(sizes).contains(0L, 1024L);
  }

  @Test
  void namesAreKeptUpToSomePointOrOneByOneUnlessTheDirectoryWasForced() throws IOException {
    Set<List<String>> found = new HashSet<>();
    for (long seed = 0; seed < SEEDS; seed++) {
      PowerLossStorage disk = new PowerLossStorage();
      disk.create("a");
      disk.forceDirectory();
      disk.create("b");
      disk.rename("b", "c");
      disk.delete("a");
      found.add(disk.powerCut(seed).list());
    }
    assertThat(found)
        .containsExactlyInAnyOrder(
            List.of("a"),
            List.of("a", "b"),
            List.of("a", "c"),
            List.of("c"),
            // Out of their order: the deletion survives, what came before it does not.
            List.of("b"),
            List.of());
  }

  @Test
  void aRenameThatReplacesKeepsOneOfTheTwo() throws IOException {
    Set<String> found = new HashSet<>();
    for (long seed = 0; seed < SEEDS; seed++) {
      PowerLossStorage disk = new PowerLossStorage();
      for (String name : List.of("old", "new")) {
        StorageFile file = disk.create(name);
        file.write(text(name), 0);
        file.force(true);
      }
      disk.forceDirectory();
      disk.rename("new", "old");
      found.add(content(disk.powerCut(seed), "old"));
    }
    assertThat(found).containsExactlyInAnyOrder("old", "new");
  }

  @Test
  void aForceThatFailsForgetsWhatItShouldHaveWritten() throws IOException {
    for (long seed = 0; seed < SEEDS; seed++) {
      PowerLossStorage disk = new PowerLossStorage();
      StorageFile file = disk.create("a");
      file.write(text("old"), 0);
      file.force(true);
      disk.forceDirectory();
      disk.failForce(1);
      file.write(text("new"), 0);
      assertThatThrownBy(() -> file.force(false)).isInstanceOf(IOException.class);
      file.force(false);
      assertThat(content(disk, "a")).isEqualTo("new");
      assertThat(content(disk.powerCut(seed), "a")).isEqualTo("old");
    }
  }

  @Test
  void theSameSeedGivesTheSameDiskAndTheOldOneIsDead() throws IOException {
    Set<String> found = new HashSet<>();
    for (int run = 0; run < 2; run++) {
      PowerLossStorage disk = new PowerLossStorage();
      StorageFile file = disk.create("a");
      disk.forceDirectory();
      file.write(text("n".repeat(5000)), 0);
      PowerLossStorage survived = disk.powerCut(42);
      found.add(content(survived, "a"));
      assertThatThrownBy(() -> file.write(text("x"), 0)).hasMessageContaining("power");
      assertThatThrownBy(disk::list).hasMessageContaining("power");
    }
    assertThat(found).hasSize(1);
  }

  @Test
  void thePowerGoesInTheChangeThatWasNamed() throws IOException {
    PowerLossStorage disk = new PowerLossStorage().stopAfter(2);
    StorageFile file = disk.create("a");
    file.write(text("1"), 0);
    assertThatThrownBy(() -> file.force(true)).hasMessageContaining("power");
    assertThatThrownBy(() -> file.write(text("2"), 0)).hasMessageContaining("power");
  }

  @Test
  void filesReadBackWhatWasWrittenWhereverItFalls() throws IOException {
    PowerLossStorage disk = new PowerLossStorage();
    StorageFile file = disk.create("a");
    file.write(text("x".repeat(1500)), 300);
    file.write(text("abc"), 510);
    file.write(text("\0".repeat(600)), 900);
    file.truncate(1100);
    String expected =
        "\0".repeat(300) + "x".repeat(210) + "abc" + "x".repeat(387) + "\0".repeat(200);
    assertThat(content(disk, "a")).isEqualTo(expected);
    file.write(text("end"), 1400);
    assertThat(content(disk, "a")).isEqualTo(expected + "\0".repeat(300) + "end");
  }

  private static ByteBuffer text(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String content(Storage disk, String name) throws IOException {
    StorageFile file = disk.open(name);
    ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
    assertThat(file.read(bytes, 0)).isEqualTo(bytes.capacity());
    return new String(bytes.array(), StandardCharsets.ISO_8859_1);
  }
}
