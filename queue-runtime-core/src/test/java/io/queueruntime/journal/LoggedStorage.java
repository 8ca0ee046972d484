package io.queueruntime.journal;

import io.queueruntime.storage.Storage;
import io.queueruntime.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Writes down what is done to a disk, in words without numbers that differ from run to run.
 * Confined to its test.
 */
record LoggedStorage(Storage disk, List<String> log) implements Storage {

  private static String word(String name) {
    if (name.endsWith(FileNames.UNFINISHED)) {
      return name.startsWith("snapshot") ? "snapshot.tmp" : "journal.tmp";
    }
    return name.startsWith("snapshot")
        ? "snapshot"
        : "journal " + FileNames.segmentNumber(name).orElseThrow();
  }

  @Override
  public List<String> list() throws IOException {
    return disk.list();
  }

  @Override
  public StorageFile open(String name) throws IOException {
    return new LoggedFile(word(name), disk.open(name), log);
  }

  @Override
  public StorageFile create(String name) throws IOException {
    log.add("create " + word(name));
    // A prepared segment keeps its file when it gets its name.
    return new LoggedFile(
        name.startsWith("journal") ? word(name.replaceAll("\\.\\d+\\.tmp$", "")) : word(name),
        disk.create(name),
        log);
  }

  @Override
  public void rename(String from, String to) throws IOException {
    log.add("rename " + word(from) + " " + word(to));
    disk.rename(from, to);
  }

  @Override
  public void delete(String name) throws IOException {
    log.add("delete " + word(name));
    disk.delete(name);
  }

  @Override
  public void forceDirectory() throws IOException {
    log.add("forceDirectory");
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

  private record LoggedFile(String word, StorageFile file, List<String> log)
      implements StorageFile {

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      log.add("write " + word);
      file.write(source, position);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return file.read(target, position);
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public void force(boolean metadata) throws IOException {
      log.add("force " + word);
      file.force(metadata);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
