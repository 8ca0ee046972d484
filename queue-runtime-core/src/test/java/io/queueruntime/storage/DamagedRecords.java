package io.queueruntime.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A disk on which whatever holds a certain text reads wrongly, or not at all, until it is repaired.
 *
 * <p>Confined to its test.
 */
public final class DamagedRecords implements Storage {

  private final Storage disk;
  private byte[] text = {};
  private boolean refusing;

  /** All is well at first. */
  public DamagedRecords(Storage disk) {
    this.disk = disk;
  }

  /** From now on a bit of that text is flipped wherever it is read. */
  public void damage(String where) {
    text = where.getBytes(StandardCharsets.UTF_8);
    refusing = false;
  }

  /** From now on reading that text fails. */
  public void refuse(String where) {
    damage(where);
    refusing = true;
  }

  /** Everything reads as it was written. */
  public void repair() {
    text = new byte[0];
  }

  @Override
  public List<String> list() throws IOException {
    return disk.list();
  }

  @Override
  public StorageFile open(String name) throws IOException {
    return new DamagedFile(disk.open(name));
  }

  @Override
  public StorageFile create(String name) throws IOException {
    return new DamagedFile(disk.create(name));
  }

  @Override
  public void rename(String from, String to) throws IOException {
    disk.rename(from, to);
  }

  @Override
  public void delete(String name) throws IOException {
    disk.delete(name);
  }

  @Override
  public void forceDirectory() throws IOException {
    disk.forceDirectory();
  }

  @Override
  public String describe() {
    return disk.describe();
  }

  @Override
  public void close() {
    disk.close();
  }

  /** Where the text begins in what was read; -1: it is not there. */
  private int find(ByteBuffer read, int from, int to) {
    for (int at = from; text.length > 0 && at + text.length <= to; at++) {
      int same = 0;
      while (same < text.length && read.get(at + same) == text[same]) {
        same++;
      }
      if (same == text.length) {
        return at;
      }
    }
    return -1;
  }

  private final class DamagedFile implements StorageFile {

    private final StorageFile file;

    DamagedFile(StorageFile file) {
      this.file = file;
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      file.write(source, position);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      int from = target.position();
      int count = file.read(target, position);
      int found = find(target, from, target.position());
      if (found >= 0 && refusing) {
        throw new IOException("Input/output error");
      }
      if (found >= 0) {
        target.put(found, (byte) (target.get(found) ^ 1));
      }
      return count;
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public void force(boolean metadata) throws IOException {
      file.force(metadata);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
