package io.queueruntime.journal;

import io.queueruntime.storage.MemoryStorage;
import io.queueruntime.storage.Storage;
import io.queueruntime.storage.StorageFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.TreeMap;

/** What tests do with a disk behind a journal's back. Stateless. */
final class Disks {

  static final int SEGMENT = 64 * 1024;

  private Disks() {}

  static JournalOptions options(ForcePolicy policy, int snapshotsKept) {
    return new JournalOptions(SEGMENT, policy, snapshotsKept);
  }

  static Journal open(Storage disk, RecoveryVisitor visitor) {
    Journal journal = Journal.open(disk, options(ForcePolicy.FORCE, 2), Runnable::run);
    journal.recover(visitor);
    return journal;
  }

  static Journal open(Storage disk) {
    return open(disk, new Collected());
  }

  static long append(Journal journal, String text) {
    return journal.append((byte) 1, false, Collected.bytes(text), null);
  }

  static void snapshot(Journal journal, String text) {
    SnapshotWriter writer = journal.startSnapshot();
    writer.add(Collected.bytes(text));
    writer.commit();
    journal.housekeep();
  }

  /** Appends until the next segment has begun. */
  static void fillSegment(Journal journal) {
    int first = Segment.number(append(journal, "x".repeat(1000)));
    while (Segment.number(append(journal, "x".repeat(1000))) == first) {
      // One more.
    }
  }

  /** All files by name. */
  static TreeMap<String, ByteBuffer> content(Storage disk) {
    TreeMap<String, ByteBuffer> content = new TreeMap<>();
    try {
      for (String name : disk.list()) {
        content.put(name, read(disk, name));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return content;
  }

  static ByteBuffer read(Storage disk, String name) {
    try (StorageFile file = disk.open(name)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
      file.read(bytes, 0);
      return bytes.flip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A disk with these files. */
  static MemoryStorage with(TreeMap<String, ByteBuffer> content) {
    MemoryStorage disk = new MemoryStorage();
    content.forEach(
        (name, bytes) -> {
          try (StorageFile file = disk.create(name)) {
            file.write(bytes.duplicate(), 0);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    return disk;
  }

  static void overwrite(Storage disk, String name, long position, byte... bytes) {
    try (StorageFile file = disk.open(name)) {
      file.write(ByteBuffer.wrap(bytes), position);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void flip(Storage disk, String name, int position) {
    overwrite(disk, name, position, (byte) (read(disk, name).get(position) ^ 0x10));
  }
}
