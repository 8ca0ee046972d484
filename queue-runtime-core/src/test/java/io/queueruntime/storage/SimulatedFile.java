package io.queueruntime.storage;

import static io.queueruntime.storage.PowerLossStorage.SECTOR;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A file's bytes on a simulated disk: as they are, and as they are durable. Sectors are never
 * changed in place once they are durable, so files that survived a cut share them.
 *
 * <p>Guarded by its storage.
 */
final class SimulatedFile {

  private static final byte[] ZEROS = new byte[64 * 1024];

  private byte @Nullable [][] current = new byte[0][];
  private byte @Nullable [][] durable = new byte[0][];
  private final BitSet unforced = new BitSet();
  private long size;
  private long durableSize;

  void write(ByteBuffer source, long position) {
    long end = position + source.remaining();
    int sectors = (int) ((end + SECTOR - 1) / SECTOR);
    if (sectors > current.length) {
      current = Arrays.copyOf(current, Math.max(sectors, current.length * 2));
    }
    if (nothingIn((int) (position / SECTOR), sectors) && isZero(source, source.remaining())) {
      source.position(source.limit());
    }
    for (long at = position; source.hasRemaining(); ) {
      int sector = (int) (at / SECTOR);
      int offset = (int) (at % SECTOR);
      int count = (int) Math.min(SECTOR - offset, end - at);
      write(source, sector, offset, count);
      at += count;
    }
    size = Math.max(size, end);
  }

  private void write(ByteBuffer source, int sector, int offset, int count) {
    byte[] bytes = current[sector];
    if (bytes == null && durable(sector) == null && isZero(source, count)) {
      source.position(source.position() + count);
      return;
    }
    if (bytes == null || bytes == durable(sector)) {
      bytes = bytes == null ? new byte[SECTOR] : bytes.clone();
      current[sector] = bytes;
    }
    source.get(bytes, offset, count);
    unforced.set(sector);
  }

  private boolean nothingIn(int from, int to) {
    for (int sector = from; sector < to; sector++) {
      if (current[sector] != null || durable(sector) != null) {
        return false;
      }
    }
    return true;
  }

  private static boolean isZero(ByteBuffer source, int count) {
    for (int done = 0; done < count; done += ZEROS.length) {
      int piece = Math.min(ZEROS.length, count - done);
      if (source.slice(source.position() + done, piece).mismatch(ByteBuffer.wrap(ZEROS, 0, piece))
          >= 0) {
        return false;
      }
    }
    return true;
  }

  byte @Nullable [] durable(int sector) {
    return sector < durable.length ? durable[sector] : null;
  }

  int read(ByteBuffer target, long position) {
    int total = (int) Math.min(target.remaining(), Math.max(0, size - position));
    long end = position + total;
    for (long at = position; at < end; ) {
      int sector = (int) (at / SECTOR);
      int offset = (int) (at % SECTOR);
      int count = (int) Math.min(SECTOR - offset, end - at);
      byte[] bytes = sector < current.length ? current[sector] : null;
      target.put(bytes == null ? ZEROS : bytes, offset, count);
      at += count;
    }
    return total;
  }

  void truncate(long newSize) {
    if (newSize >= size) {
      return;
    }
    int kept = (int) ((newSize + SECTOR - 1) / SECTOR);
    for (int sector = kept; sector < current.length; sector++) {
      if (current[sector] != null) {
        current[sector] = null;
        unforced.set(sector);
      }
    }
    int inLast = (int) (newSize % SECTOR);
    byte[] last = kept > 0 && kept <= current.length ? current[kept - 1] : null;
    if (last != null && inLast != 0) {
      byte[] cut = last.clone();
      Arrays.fill(cut, inLast, SECTOR, (byte) 0);
      current[kept - 1] = cut;
      unforced.set(kept - 1);
    }
    size = newSize;
  }

  void force(boolean metadata) {
    if (durable.length < current.length) {
      durable = Arrays.copyOf(durable, current.length);
    }
    for (int sector = unforced.nextSetBit(0);
        sector >= 0;
        sector = unforced.nextSetBit(sector + 1)) {
      durable[sector] = current[sector];
    }
    unforced.clear();
    if (metadata) {
      durableSize = size;
    }
  }

  void forget() {
    unforced.clear();
  }

  SimulatedFile afterCut(SplittableRandom random, int mood) {
    SimulatedFile node = new SimulatedFile();
    node.size = sizeAfterCut(random, mood);
    node.durableSize = node.size;
    int sectors = (int) ((node.size + SECTOR - 1) / SECTOR);
    node.current = Arrays.copyOf(durable, sectors);
    for (int sector = unforced.nextSetBit(0);
        sector >= 0 && sector < sectors;
        sector = unforced.nextSetBit(sector + 1)) {
      node.current[sector] = sectorAfterCut(random, mood, sector);
    }
    int inLast = (int) (node.size % SECTOR);
    byte[] last = sectors == 0 ? null : node.current[sectors - 1];
    if (last != null && inLast != 0) {
      last = last.clone();
      Arrays.fill(last, inLast, SECTOR, (byte) 0);
      node.current[sectors - 1] = last;
    }
    node.durable = node.current.clone();
    return node;
  }

  private long sizeAfterCut(SplittableRandom random, int mood) {
    if (size == durableSize) {
      return size;
    }
    switch (mood == 0 ? 0 : mood == 1 ? 1 : random.nextInt(3)) {
      case 0:
        return durableSize;
      case 1:
        return size;
      default:
        return random.nextLong(Math.min(size, durableSize), Math.max(size, durableSize) + 1);
    }
  }

  /**
   * Mood 0 drops nearly all, mood 1 keeps nearly all: the middle alone would seldom do either to
   * many sectors.
   */
  private byte @Nullable [] sectorAfterCut(SplittableRandom random, int mood, int sector) {
    byte[] before = durable(sector);
    byte[] after = sector < current.length ? current[sector] : null;
    int chance = random.nextInt(8);
    boolean rare = chance == 0;
    int fate = mood == 0 ? (rare ? 1 : 0) : mood == 1 ? (rare ? 0 : 1) : chance % 4;
    if (fate == 0) {
      return before;
    }
    if (fate <= 2) {
      // A copy, for what is not durable is changed in place by a disk that goes on.
      return after == null ? null : after.clone();
    }
    byte[] torn = before == null ? new byte[SECTOR] : before.clone();
    byte[] source = after == null ? ZEROS : after;
    int at = random.nextInt(SECTOR);
    if (random.nextInt(4) > 0) {
      System.arraycopy(source, 0, torn, 0, at);
    } else {
      System.arraycopy(source, at, torn, at, SECTOR - at);
    }
    return torn;
  }

  long size() {
    return size;
  }

  int sectors() {
    return (int) ((size + SECTOR - 1) / SECTOR);
  }

  /** What is durable of that sector, to be read only. */
  byte[] content(int sector) {
    byte[] bytes = sector < current.length ? current[sector] : null;
    return bytes == null ? new byte[SECTOR] : bytes;
  }

  /** Puts other bytes there, as a disk that lies does: at rest, with nobody writing. */
  void overwrite(int sector, byte[] bytes) {
    if (sector >= current.length) {
      current = Arrays.copyOf(current, sector + 1);
    }
    current[sector] = bytes;
    durable = current.clone();
  }
}
