package io.queueruntime.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A storage that fails when it is told to: one operation, counted from the moment it was made, or
 * every write once its files have so many bytes together. Everything else goes through to the disk
 * behind it.
 *
 * <p>Thread-safe.
 */
public final class FaultyStorage implements Storage {

  /** What can fail. */
  public enum Operation {
    LIST,
    OPEN,
    CREATE,
    RENAME,
    DELETE,
    FORCE_DIRECTORY,
    SIZE,
    READ,
    WRITE,
    TRUNCATE,
    FORCE,
    CLOSE
  }

  /** How it fails. */
  public enum Effect {
    /** An input/output error; nothing was done. */
    ERROR,
    /** An input/output error, now and whenever the same is tried again. */
    ERROR_FOR_GOOD,
    /**
     * Half of a write is done, then the disk is full, for this one time. Anything else just finds
     * no space.
     */
    NO_SPACE
  }

  private static final String FULL = "No space left on device";

  private final Storage disk;
  private final Operation failing;
  private final long nth;
  private final Effect effect;
  private final Map<Operation, Long> counts = new EnumMap<>(Operation.class);
  private final Map<String, Extent> extents = new HashMap<>();
  private long capacity;

  /** How large a file is, whatever it is called by now. */
  private static final class Extent {
    private long size;
  }

  /** Fails the n-th operation of that kind, counted from 1. */
  public FaultyStorage(Storage disk, Operation failing, long nth, Effect effect) {
    this(disk, failing, nth, effect, Long.MAX_VALUE);
  }

  /** Has room for so many bytes in the files that are created and written through it. */
  public FaultyStorage(Storage disk, long capacity) {
    this(disk, Operation.LIST, 0, Effect.ERROR, capacity);
  }

  private FaultyStorage(Storage disk, Operation failing, long nth, Effect effect, long capacity) {
    this.disk = disk;
    this.failing = failing;
    this.nth = nth;
    this.effect = effect;
    this.capacity = capacity;
  }

  /** Makes the disk larger or smaller. */
  public synchronized void setCapacity(long bytes) {
    capacity = bytes;
  }

  /** How often that was done or tried so far. */
  public synchronized long count(Operation operation) {
    return counts.getOrDefault(operation, 0L);
  }

  /** Whether the failure that was ordered has happened. */
  public synchronized boolean hasFailed() {
    return nth > 0 && count(failing) >= nth;
  }

  @Override
  public List<String> list() throws IOException {
    fail(Operation.LIST);
    return disk.list();
  }

  @Override
  public StorageFile open(String name) throws IOException {
    fail(Operation.OPEN);
    StorageFile file = disk.open(name);
    synchronized (this) {
      Extent extent = extents.computeIfAbsent(name, unknown -> new Extent());
      extent.size = Math.max(extent.size, file.size());
      return new FaultyFile(extent, file);
    }
  }

  @Override
  public StorageFile create(String name) throws IOException {
    fail(Operation.CREATE);
    StorageFile file = disk.create(name);
    synchronized (this) {
      Extent extent = new Extent();
      extents.put(name, extent);
      return new FaultyFile(extent, file);
    }
  }

  @Override
  public void rename(String from, String to) throws IOException {
    fail(Operation.RENAME);
    disk.rename(from, to);
    synchronized (this) {
      Extent extent = extents.remove(from);
      extents.put(to, extent == null ? new Extent() : extent);
    }
  }

  @Override
  public void delete(String name) throws IOException {
    fail(Operation.DELETE);
    disk.delete(name);
    synchronized (this) {
      extents.remove(name);
    }
  }

  @Override
  public void forceDirectory() throws IOException {
    fail(Operation.FORCE_DIRECTORY);
    disk.forceDirectory();
  }

  @Override
  public String describe() {
    return "faulty " + disk.describe();
  }

  @Override
  public void close() {
    disk.close();
  }

  private void fail(Operation operation) throws IOException {
    if (isDue(operation)) {
      throw new IOException(effect == Effect.NO_SPACE ? FULL : "Input/output error");
    }
  }

  private synchronized boolean isDue(Operation operation) {
    long count = counts.merge(operation, 1L, Long::sum);
    return operation == failing
        && nth > 0
        && (effect == Effect.ERROR_FOR_GOOD ? count >= nth : count == nth);
  }

  /** How many of these bytes the disk takes. */
  private synchronized int room(Extent extent, long position, int count) {
    long used = 0;
    for (Extent each : extents.values()) {
      used += each.size;
    }
    long free = Math.max(0, capacity - used);
    int taken = (int) Math.min(count, Math.max(0, extent.size - position) + free);
    extent.size = Math.max(extent.size, position + taken);
    return taken;
  }

  /** Confined as the file behind it. */
  private final class FaultyFile implements StorageFile {

    private final Extent extent;
    private final StorageFile file;

    FaultyFile(Extent extent, StorageFile file) {
      this.extent = extent;
      this.file = file;
    }

    @Override
    public long size() throws IOException {
      fail(Operation.SIZE);
      return file.size();
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      int count = source.remaining();
      int taken = room(extent, position, count);
      boolean due = isDue(Operation.WRITE);
      if (due && effect != Effect.NO_SPACE) {
        throw new IOException("Input/output error");
      }
      if (due) {
        taken = count / 2;
      }
      if (taken == count) {
        file.write(source, position);
        return;
      }
      file.write(source.slice(source.position(), taken), position);
      source.position(source.position() + taken);
      throw new IOException(FULL);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      fail(Operation.READ);
      return file.read(target, position);
    }

    @Override
    public void truncate(long size) throws IOException {
      fail(Operation.TRUNCATE);
      file.truncate(size);
      synchronized (FaultyStorage.this) {
        extent.size = Math.min(extent.size, size);
      }
    }

    @Override
    public void force(boolean metadata) throws IOException {
      fail(Operation.FORCE);
      file.force(metadata);
    }

    @Override
    public void close() throws IOException {
      file.close();
      fail(Operation.CLOSE);
    }
  }
}
