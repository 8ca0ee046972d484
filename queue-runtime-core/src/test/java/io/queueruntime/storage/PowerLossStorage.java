package io.queueruntime.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
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
 *   <li>Creations, renames and deletions are kept up to some point and lost from there on, or each
 *       by itself, unless the directory was forced since.
 * </ul>
 *
 * <p>What goes wrong while there is power is ordered from its {@link #faults}.
 *
 * <p>Sectors are copied when they are written and never changed once they are durable, so that a
 * cut copies references only, and zeros take no memory. Thread-safe.
 */
public final class PowerLossStorage implements Storage {

  public static final int SECTOR = 512;

  /** What every failure says once the power is gone. */
  public static final String POWER_IS_OFF = "The power is off.";

  private final TreeMap<String, SimulatedFile> names;
  private TreeMap<String, SimulatedFile> durableNames;
  private final List<Change> changes = new ArrayList<>();
  private long operations;
  private long stopAt = Long.MAX_VALUE;
  private final DiskFaults faults = new DiskFaults();
  private boolean off;

  /**
   * The file of a name changed; null: there is none. A rename also takes the old name away, in the
   * same moment.
   */
  private record Change(String name, @Nullable SimulatedFile node, @Nullable String oldName) {

    void applyTo(TreeMap<String, SimulatedFile> directory) {
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

  private PowerLossStorage(TreeMap<String, SimulatedFile> names) {
    this.names = names;
    this.durableNames = new TreeMap<>(names);
  }

  /**
   * Ends this disk and returns what is found when the power comes back; the same for the same
   * history and seed.
   */
  public synchronized PowerLossStorage powerCut(long seed) {
    PowerLossStorage found = asAfterCut(seed);
    off = true;
    return found;
  }

  /** What would be found if the power went just now; this disk goes on. */
  public synchronized PowerLossStorage asAfterCut(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    TreeMap<String, SimulatedFile> survived = new TreeMap<>(durableNames);
    int kept = changes.isEmpty() ? 0 : random.nextInt(changes.size() + 1);
    // Some file systems keep changes of names in their order, some do not.
    boolean inOrder = random.nextInt(4) > 0;
    for (int i = 0; i < changes.size(); i++) {
      if (inOrder ? i < kept : random.nextBoolean()) {
        changes.get(i).applyTo(survived);
      }
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
  public PowerLossStorage failForce(long n) {
    faults.fail(DiskFaults.Kind.FORCE, n);
    return this;
  }

  /** What all files take together, in bytes. */
  public synchronized long size() {
    long used = 0;
    for (SimulatedFile each : names.values()) {
      used += each.size();
    }
    return used;
  }

  /** What goes wrong while there is power. */
  public DiskFaults faults() {
    return faults;
  }

  /** Damages what is at rest, as the seed chooses, and says how. Nothing may be open. */
  public synchronized String damage(long seed) {
    return DamagedDisk.damage(names, new SplittableRandom(seed));
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
    faults.check(DiskFaults.Kind.CREATE);
    if (names.containsKey(StorageName.checked(name))) {
      throw new FileAlreadyExistsException(name);
    }
    SimulatedFile node = new SimulatedFile();
    change(new Change(name, node, null));
    stopIf(last);
    return new OpenFile(node);
  }

  @Override
  public synchronized void rename(String from, String to) throws IOException {
    boolean last = count();
    faults.check(DiskFaults.Kind.RENAME);
    SimulatedFile node = existing(from);
    StorageName.checked(to);
    change(new Change(to, node, from));
    stopIf(last);
  }

  @Override
  public synchronized void delete(String name) throws IOException {
    boolean last = count();
    faults.check(DiskFaults.Kind.DELETE);
    existing(name);
    change(new Change(name, null, null));
    stopIf(last);
  }

  @Override
  public synchronized void forceDirectory() throws IOException {
    stopIf(count());
    faults.check(DiskFaults.Kind.FORCE_DIRECTORY);
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

  private void write(SimulatedFile file, ByteBuffer source, long position) throws IOException {
    int count = source.remaining();
    boolean broken = faults.isDue(DiskFaults.Kind.WRITE);
    int taken = broken ? (int) (position * 31 % (count + 1L)) : count;
    long growth = Math.max(0, position + taken - file.size());
    if (faults.isLimited() && growth > 0) {
      taken -= (int) (growth - faults.room(size(), growth));
    }
    int limit = source.limit();
    file.write(source.limit(source.position() + taken), position);
    source.limit(limit);
    if (source.hasRemaining()) {
      throw new IOException(broken ? "Input/output error" : "No space left on device");
    }
    if (broken) {
      throw new IOException("Input/output error");
    }
  }

  private SimulatedFile existing(String name) throws IOException {
    SimulatedFile node = names.get(StorageName.checked(name));
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

  private final class OpenFile implements StorageFile {

    private final SimulatedFile node;

    OpenFile(SimulatedFile node) {
      this.node = node;
    }

    @Override
    public long size() throws IOException {
      synchronized (PowerLossStorage.this) {
        checkPower();
        return node.size();
      }
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      synchronized (PowerLossStorage.this) {
        boolean last = count();
        PowerLossStorage.this.write(node, source, position);
        stopIf(last);
      }
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      synchronized (PowerLossStorage.this) {
        checkPower();
        faults.check(DiskFaults.Kind.READ);
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
        faults.forcing();
        if (faults.isDue(DiskFaults.Kind.FORCE)) {
          node.forget();
          throw new IOException("Input/output error");
        }
        node.force(metadata);
        faults.forced();
      }
    }

    @Override
    public void close() {}
  }
}
