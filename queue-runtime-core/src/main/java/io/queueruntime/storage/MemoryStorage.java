package io.queueruntime.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A storage on the heap: gone with the object. Forcing does nothing.
 *
 * <p>Files take memory in blocks, and only for what is not zero, so that a file that is filled with
 * zeros ahead of its use costs nothing before it is used. Thread-safe.
 */
public final class MemoryStorage implements Storage {

  private final TreeMap<String, MemoryFile> files = new TreeMap<>();

  @Override
  public synchronized List<String> list() {
    return new ArrayList<>(files.keySet());
  }

  @Override
  public synchronized StorageFile open(String name) throws IOException {
    return existing(name);
  }

  @Override
  public synchronized StorageFile create(String name) throws IOException {
    if (files.containsKey(StorageName.checked(name))) {
      throw new FileAlreadyExistsException(name);
    }
    MemoryFile file = new MemoryFile();
    files.put(name, file);
    return file;
  }

  @Override
  public synchronized void rename(String from, String to) throws IOException {
    StorageName.checked(to);
    MemoryFile file = existing(from);
    files.remove(from);
    files.put(to, file);
  }

  @Override
  public synchronized void delete(String name) throws IOException {
    existing(name);
    files.remove(name);
  }

  @Override
  public void forceDirectory() {}

  @Override
  public String describe() {
    return "memory";
  }

  /** Does nothing: what is in it may be opened again. */
  @Override
  public void close() {}

  private MemoryFile existing(String name) throws IOException {
    MemoryFile file = files.get(StorageName.checked(name));
    if (file == null) {
      throw new NoSuchFileException(name);
    }
    return file;
  }

  /** A file as a table of blocks; a block that is not there reads as zeros. Thread-safe. */
  private static final class MemoryFile implements StorageFile {

    private static final int BLOCK = 64 * 1024;
    private static final byte[] ZEROS = new byte[BLOCK];

    private byte[] @Nullable [] blocks = new byte[1][];
    private long size;

    @Override
    public synchronized long size() {
      return size;
    }

    @Override
    public synchronized void write(ByteBuffer source, long position) {
      long at = position;
      while (source.hasRemaining()) {
        int block = Math.toIntExact(at / BLOCK);
        int offset = (int) (at % BLOCK);
        int count = Math.min(source.remaining(), BLOCK - offset);
        if (block >= blocks.length) {
          blocks = Arrays.copyOf(blocks, Math.max(block + 1, blocks.length * 2));
        }
        byte[] bytes = blocks[block];
        if (bytes == null && !isZero(source, count)) {
          bytes = new byte[BLOCK];
          blocks[block] = bytes;
        }
        if (bytes == null) {
          source.position(source.position() + count);
        } else {
          source.get(bytes, offset, count);
        }
        at += count;
        size = Math.max(size, at);
      }
    }

    @Override
    public synchronized int read(ByteBuffer target, long position) {
      int total = (int) Math.min(target.remaining(), Math.max(0, size - position));
      long at = position;
      for (int left = total; left > 0; ) {
        int block = (int) (at / BLOCK);
        int offset = (int) (at % BLOCK);
        int count = Math.min(left, BLOCK - offset);
        byte[] bytes = block < blocks.length ? blocks[block] : null;
        target.put(bytes == null ? ZEROS : bytes, offset, count);
        at += count;
        left -= count;
      }
      return total;
    }

    @Override
    public synchronized void truncate(long newSize) {
      if (newSize >= size) {
        return;
      }
      int kept = (int) ((newSize + BLOCK - 1) / BLOCK);
      for (int block = kept; block < blocks.length; block++) {
        blocks[block] = null;
      }
      byte[] last = kept > 0 && kept <= blocks.length ? blocks[kept - 1] : null;
      if (last != null && newSize % BLOCK != 0) {
        Arrays.fill(last, (int) (newSize % BLOCK), BLOCK, (byte) 0);
      }
      size = newSize;
    }

    @Override
    public void force(boolean metadata) {}

    @Override
    public void close() {}

    private static boolean isZero(ByteBuffer source, int count) {
      return source.slice(source.position(), count).mismatch(ByteBuffer.wrap(ZEROS, 0, count)) < 0;
    }
  }
}
