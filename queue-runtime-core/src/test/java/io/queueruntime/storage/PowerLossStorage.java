package io.queueruntime.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory whose power can be cut. What was forced survives; of everything else, chance
 * decides:
 *
 * <ul>
 *   <li>Each sector of 512 bytes that was written and not forced is kept, dropped, or torn,
 *       whatever came before or after it.
 *   <li>A file's size, when it was not forced with metadata, is the old one, the new one, or one
 *       between; where data is missing below it there are zeros.
 *   <li>Creations, renames and deletions are kept up to some point and lost from there on, unless
 *       the directory was forced since.
 * </ul>
 *
 * <p>Sectors are copied when they are written and never changed once they are durable, so that a
 * cut copies references only, and zeros take no memory. Thread-safe.
 */
public final class PowerLossStorage implements Storage {

  public static final int SECTOR = 512;

  /** What every failure says once the power is gone. */
  public static final String POWER_IS_OFF = "The power is off.";

  private static final byte[] ZEROS = new byte[64 * 1024];

  private final TreeMap<String, Node> names;
  private TreeMap<String, Node> durableNames;
  private final List<Change> changes = new ArrayList<>();
  private long operations;
  private long stopAt = Long.MAX_VALUE;
  private long forces;
  private long failingForce = -1;
  private boolean off;

  /**
   * The file of a name changed; null: there is none. A rename also takes the old name away, in the
   * same moment.
   */
  private record Change(String name, @Nullable Node node, @Nullable String oldName) {

    void applyTo(TreeMap<String, Node> directory) {
      if (node == null) {
        directory.remove(name);
      } else {
        directory.put(name, node);
      }
      if (oldName != null) {
        directory.remove(oldName);
      }
    }
  }

  /** An empty disk. */
  public PowerLossStorage() {
    this(new TreeMap<>());
  }

  private PowerLossStorage(TreeMap<String, Node> names) {
    this.names = names;
    this.durableNames = new TreeMap<>(names);
  }

  /**
   * Ends this disk and returns what is found when the power comes back; the same for the same
   * history and seed.
   */
  public synchronized PowerLossStorage powerCut(long seed) {
    off = true;
    SplittableRandom random = new SplittableRandom(seed);
    TreeMap<String, Node> survived = new TreeMap<>(durableNames);
    int kept = changes.isEmpty() ? 0 : random.nextInt(changes.size() + 1);
    for (Change change : changes.subList(0, kept)) {
      change.applyTo(survived);
    }
    int mood = random.nextInt(4);
    survived.replaceAll((name, node) -> node.afterCut(random, mood));
    return new PowerLossStorage(survived);
  }

  /** Lets so many more changes happen; then every change fails, as it does when the power goes. */
  public synchronized PowerLossStorage stopAfter(long changesLeft) {
    stopAt = operations + changesLeft;
    return this;
  }

  /**
   * Undoes {@link #stopAfter} without a cut: what happens is that the process ended there and the
   * machine did not, so that everything written is still to be read.
   */
  public synchronized PowerLossStorage goOn() {
    stopAt = Long.MAX_VALUE;
    off = false;
    return this;
  }

  /**
   * Makes the n-th force from now on fail, counted from 1, and forget what it should have written,
   * as Linux does.
   */
  public synchronized PowerLossStorage failForce(long n) {
    failingForce = forces + n;
    return this;
  }

  /** Changes so far: writes, truncations, forces, creations, renames, deletions. */
  public synchronized long operations() {
    return operations;
  }

  @Override
  public synchronized List<String> list() throws IOException {
    checkPower();
    return new ArrayList<>(names.keySet());
  }

  @Override
  public synchronized StorageFile open(String name) throws IOException {
    checkPower();
    return new OpenFile(existing(name));
  }

  @Override
  public synchronized StorageFile create(String name) throws IOException {
    boolean last = count();
    if (names.containsKey(StorageName.checked(name))) {
      throw new FileAlreadyExistsException(name);
    }
    Node node = new Node();
    change(new Change(name, node, null));
    stopIf(last);
    return new OpenFile(node);
  }

  @Override
  public synchronized void rename(String from, String to) throws IOException {
    boolean last = count();
    Node node = existing(from);
    StorageName.checked(to);
    change(new Change(to, node, from));
    stopIf(last);
  }

  @Override
  public synchronized void delete(String name) throws IOException {
    boolean last = count();
    existing(name);
    change(new Change(name, null, null));
    stopIf(last);
  }

  @Override
  public synchronized void forceDirectory() throws IOException {
    stopIf(count());
    durableNames = new TreeMap<>(names);
    changes.clear();
  }

  @Override
  public String describe() {
    return "power loss simulation";
  }

  @Override
  public void close() {}

  private void change(Change change) {
    change.applyTo(names);
    changes.add(change);
  }

  private Node existing(String name) throws IOException {
    Node node = names.get(StorageName.checked(name));
    if (node == null) {
      throw new NoSuchFileException(name);
    }
    return node;
  }

  private void checkPower() throws IOException {
    if (off) {
      throw new IOException(POWER_IS_OFF);
    }
  }

  /** Returns whether this is the change in which the power goes. */
  private boolean count() throws IOException {
    checkPower();
    return ++operations > stopAt;
  }

  private void stopIf(boolean last) throws IOException {
    if (last) {
      off = true;
      checkPower();
    }
  }

  /** A file's bytes: as they are, and as they are durable. Guarded by the storage. */
  private static final class Node {

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

    Node afterCut(SplittableRandom random, int mood) {
      Node node = new Node();
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
        return after;
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
  }

  private final class OpenFile implements StorageFile {

    private final Node node;

    OpenFile(Node node) {
      this.node = node;
    }

    @Override
    public long size() throws IOException {
      synchronized (PowerLossStorage.this) {
        checkPower();
        return node.size;
      }
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      synchronized (PowerLossStorage.this) {
        boolean last = count();
        node.write(source, position);
        stopIf(last);
      }
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      synchronized (PowerLossStorage.this) {
        checkPower();
        return node.read(target, position);
      }
    }

    @Override
    public void truncate(long size) throws IOException {
      synchronized (PowerLossStorage.this) {
        boolean last = count();
        node.truncate(size);
        stopIf(last);
      }
    }

    @Override
    public void force(boolean metadata) throws IOException {
      synchronized (PowerLossStorage.this) {
        stopIf(count());
        if (++forces == failingForce) {
          node.forget();
          throw new IOException("Input/output error");
        }
        node.force(metadata);
      }
    }

    @Override
    public void close() {}
  }
}
