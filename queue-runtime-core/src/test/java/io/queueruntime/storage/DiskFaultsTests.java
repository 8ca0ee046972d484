package io.queueruntime.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.storage.DiskFaults.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The simulated disk goes wrong as it was told to, and only then. */
class DiskFaultsTests {

  private final PowerLossStorage disk = new PowerLossStorage();

  private static ByteBuffer bytes(int count, int value) {
    byte[] bytes = new byte[count];
    Arrays.fill(bytes, (byte) value);
    return ByteBuffer.wrap(bytes);
  }

  private static byte[] read(Storage disk, String name) throws IOException {
    try (StorageFile file = disk.open(name)) {
      ByteBuffer all = ByteBuffer.allocate((int) file.size());
      file.read(all, 0);
      return all.array();
    }
  }

  @Test
  void nthOperationOfAKindFailsOnceAndOnlyThatOne() throws Exception {
    disk.faults().fail(Kind.CREATE, 2);
    disk.faults().fail(Kind.RENAME, 1);
    disk.create("a");
    assertThatThrownBy(() -> disk.create("b")).hasMessage("Input/output error");
    disk.create("b");
    assertThatThrownBy(() -> disk.rename("a", "c")).hasMessage("Input/output error");
    assertThat(disk.list()).containsExactly("a", "b");
    disk.rename("a", "c");
    assertThat(disk.faults().happened()).isEqualTo(2);
  }

  @Test
  void writeThatFailsMayHaveWrittenAPart() throws Exception {
    StorageFile file = disk.create("a");
    file.write(bytes(1000, 1), 0);
    disk.faults().fail(Kind.WRITE, 1);
    ByteBuffer source = bytes(700, 2);
    assertThatThrownBy(() -> file.write(source, 77)).isInstanceOf(IOException.class);
    byte[] found = read(disk, "a");
    int part = source.position();
    assertThat(part).isBetween(1, 699);
    assertThat(Arrays.copyOfRange(found, 77, 77 + part)).containsOnly(2);
    assertThat(Arrays.copyOfRange(found, 77 + part, 1000)).containsOnly(1);
  }

  @Test
  void fullDiskTakesAllBytesUpToTheOneTooMuch() throws Exception {
    disk.create("other").write(bytes(100, 1), 0);
    disk.faults().limitTo(1100);
    StorageFile file = disk.create("a");
    assertThatThrownBy(() -> file.write(bytes(1001, 2), 0)).hasMessageContaining("No space left");
    assertThat(file.size()).isEqualTo(1000);
    file.write(bytes(1000, 3), 0);
    disk.faults().stop();
    file.write(bytes(1, 4), 1000);
    assertThat(read(disk, "a")).hasSize(1001).endsWith(3, 4);
  }

  @Test
  void lookingAtWhatACutWouldLeaveChangesNothing() throws Exception {
    StorageFile file = disk.create("a");
    disk.forceDirectory();
    file.write(bytes(4096, 1), 0);
    file.force(true);
    file.write(bytes(4096, 2), 0);
    PowerLossStorage found = disk.asAfterCut(3);
    byte[] then = read(found, "a");
    file.write(bytes(4096, 3), 0);
    file.force(true);
    assertThat(read(found, "a")).isEqualTo(then);
    assertThat(read(disk, "a")).containsOnly(3);
    found.open("a").write(bytes(4096, 4), 0);
    assertThat(read(disk, "a")).containsOnly(3);
  }

  @Test
  void namesMayBeLostInAnyOrder() throws Exception {
    for (int i = 0; i < 4; i++) {
      disk.create("f" + i);
    }
    Set<Set<String>> seen = new HashSet<>();
    for (long seed = 0; seed < 200; seed++) {
      seen.add(Set.copyOf(disk.asAfterCut(seed).list()));
    }
    assertThat(seen).contains(Set.of(), Set.of("f0", "f1"), Set.of("f3"));
  }

  @Test
  void damageChangesOneSectorOfOneFileAndSaysWhich() throws Exception {
    disk.create("a").write(bytes(4096, 1), 0);
    disk.create("b").write(bytes(4096, 2), 0);
    int changed = 0;
    for (long seed = 0; seed < 50; seed++) {
      PowerLossStorage damaged = disk.asAfterCut(1).powerCut(1);
      byte[] a = damaged.list().contains("a") ? read(damaged, "a") : new byte[0];
      byte[] b = damaged.list().contains("b") ? read(damaged, "b") : new byte[0];
      String how = damaged.damage(seed);
      boolean inA = a.length > 0 && !Arrays.equals(read(damaged, "a"), a);
      boolean inB = b.length > 0 && !Arrays.equals(read(damaged, "b"), b);
      assertThat(inA && inB).isFalse();
      if (inA || inB) {
        changed++;
        assertThat(how).endsWith(inA ? "of a" : "of b");
      }
    }
    assertThat(changed).isPositive();
  }

  @Test
  void forceTakesAsLongAsItWasTold() throws Exception {
    StorageFile file = disk.create("a");
    int[] slow = new int[1];
    disk.faults().whileForcing(() -> slow[0]++);
    file.force(false);
    file.force(true);
    disk.faults().stop();
    file.force(true);
    assertThat(slow[0]).isEqualTo(2);
  }
}
