package io.queueruntime.journal;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.QueueRuntimeException.StorageFailed.Reason;
import io.queueruntime.storage.MemoryStorage;
import io.queueruntime.storage.Storage;
import io.queueruntime.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A journal that is written and closed, then damaged at one place that the seed chose, then opened.
 *
 * <p>It must refuse with the damage's name, or give back what was written, or that without its end;
 * and it may leave out an end only where no record behind the damage says that it had been forced.
 *
 * <p>Confined to one thread.
 */
final class DamageRun {

  private static final int RECORDS_MAX = 60;

  /** A record as it was written, and how far the journal was durable then. */
  private record Written(String text, long position, boolean endsGroup, long forced) {}

  private final SplittableRandom random;
  private final List<Written> history = new ArrayList<>();
  private final MemoryStorage disk = new MemoryStorage();
  private int snapshotAt = -1;
  private String damage = "none";
  private String damagedFile = "";
  private int damagedFrom;
  private int damagedTo;

  private DamageRun(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /** Throws an {@link AssertionError} when the damage went through. */
  static void run(long seed) {
    DamageRun run = new DamageRun(seed);
    try {
      run.go();
    } catch (IOException e) {
      throw new AssertionError("The rig itself failed.", e);
    } catch (RuntimeException | AssertionError wrong) {
      throw new AssertionError(
          "seed %d: %s, after %s".formatted(seed, wrong.getMessage(), run.damage), wrong);
    }
  }

  private void go() throws IOException {
    write(disk, history);
    if (random.nextInt(6) == 0) {
      strange();
    } else {
      spoil();
    }
    Collected found = new Collected();
    Journal journal = open(disk);
    try {
      journal.recover(found);
    } catch (StorageFailed refused) {
      if (refused.reason() != Reason.DAMAGED) {
        throw new AssertionError("it is not called damage: " + refused.getMessage(), refused);
      }
      return;
    }
    compare(found);
  }

  private Journal open(Storage storage) {
    return Journal.open(
        storage, new JournalOptions(64 * 1024, ForcePolicy.FORCE, 1), Runnable::run);
  }

  private void write(Storage storage, List<Written> written) {
    Journal journal = open(storage);
    journal.recover(new Collected());
    long forced = 0;
    int count = 2 + random.nextInt(RECORDS_MAX);
    int size = random.nextInt(5) == 0 ? 6_000 : 300;
    int at = random.nextInt(4) == 0 ? random.nextInt(count) : -1;
    for (int i = 0; i < count; i++) {
      String text = "record " + i + " " + "~".repeat(random.nextInt(size));
      boolean more = i < count - 1 && random.nextInt(4) == 0;
      long position = journal.append((byte) 1, more, Collected.bytes(text), null);
      written.add(new Written(text, position, !more, forced));
      if (!more && random.nextInt(3) == 0) {
        journal.flush(true);
        forced = i + 1;
      }
      if (i >= at && at >= 0 && !more) {
        SnapshotWriter snapshot = journal.startSnapshot();
        snapshot.add(Collected.bytes("everything up to " + i));
        snapshot.commit();
        forced = i + 1;
        snapshotAt = i;
        at = -1;
      }
    }
    journal.close();
  }

  /** Another directory's record in the place of ours, where ours had not been written. */
  private void strange() throws IOException {
    MemoryStorage other = new MemoryStorage();
    List<Written> theirs = new ArrayList<>();
    write(other, theirs);
    snapshotAt = -1;
    history.clear();
    for (String name : disk.list()) {
      disk.delete(name);
    }
    write(disk, history);
    String segment = FileNames.segment(1);
    byte[] mine = read(disk, segment);
    byte[] their = read(other, segment);
    int from = SegmentHeader.SIZE;
    System.arraycopy(their, from, mine, from, mine.length - from);
    damage = "the records of another directory in place of ours";
    damaged(segment, from, mine.length);
    replace(disk, segment, mine);
  }

  private void damaged(String file, int from, int to) {
    damagedFile = file;
    damagedFrom = from;
    damagedTo = to;
  }

  private void spoil() throws IOException {
    List<String> names = disk.list();
    String name = names.get(random.nextInt(names.size()));
    byte[] bytes = read(disk, name);
    int used = used(bytes);
    int at = random.nextInt(used);
    switch (random.nextInt(6)) {
      case 0, 1, 2 -> {
        bytes[at] ^= (byte) (1 << random.nextInt(8));
        damage = "a bit at " + at + " of " + name + " was flipped";
        damaged(name, at, at + 1);
      }
      case 3 -> {
        int start = at / 512 * 512;
        for (int i = start; i < Math.min(bytes.length, start + 512); i++) {
          bytes[i] = 0;
        }
        damage = "the sector at " + start + " of " + name + " reads as zeros";
        damaged(name, start, start + 512);
      }
      case 4 -> {
        int to = random.nextInt(used);
        int count = Math.min(512, Math.min(bytes.length - at, bytes.length - to));
        System.arraycopy(bytes.clone(), at, bytes, to, count);
        damage = "%d bytes at %d of %s were written to %d".formatted(count, at, name, to);
        damaged(name, to, to + count);
      }
      default -> {
        int count = Math.min(4, bytes.length - at);
        for (int i = 0; i < count; i++) {
          bytes[at + i] = (byte) random.nextInt(256);
        }
        damage = count + " bytes at " + at + " of " + name + " are others";
        damaged(name, at, at + count);
      }
    }
    replace(disk, name, bytes);
  }

  private static int used(byte[] bytes) {
    int used = bytes.length;
    while (used > 1 && bytes[used - 1] == 0) {
      used--;
    }
    return used;
  }

  private static byte[] read(Storage storage, String name) throws IOException {
    try (StorageFile file = storage.open(name)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
      file.read(bytes, 0);
      return bytes.array();
    }
  }

  private static void replace(Storage storage, String name, byte[] bytes) throws IOException {
    storage.delete(name);
    try (StorageFile file = storage.create(name)) {
      file.write(ByteBuffer.wrap(bytes), 0);
    }
  }

  private void compare(Collected found) {
    int start = found.chunks.isEmpty() ? 0 : snapshotAt + 1;
    if (!found.chunks.isEmpty()
        && !found.chunks.equals(List.of("everything up to " + snapshotAt))) {
      throw new AssertionError("the snapshot says " + found.chunks);
    }
    int end = start + found.records.size();
    if (end > history.size()) {
      throw new AssertionError(
          end + " records were found, " + history.size() + " had been written");
    }
    for (int i = start; i < end; i++) {
      if (!history.get(i).text().equals(found.records.get(i - start))) {
        throw new AssertionError("record " + i + " is another one");
      }
    }
    if (end > start && !history.get(end - 1).endsGroup()) {
      throw new AssertionError("half a group was found, up to record " + end);
    }
    for (int i = end + 1; i < history.size(); i++) {
      if (history.get(i).forced() > end && isWhole(history.get(i))) {
        throw new AssertionError(
            "records from %d on were given up, though record %d says that %d had been forced"
                .formatted(end, i, history.get(i).forced()));
      }
    }
  }

  private boolean isWhole(Written record) {
    int offset = Segment.offset(record.position());
    return !FileNames.segment(Segment.number(record.position())).equals(damagedFile)
        || offset >= damagedTo
        || offset + RecordFrame.SIZE + record.text().length() <= damagedFrom;
  }
}
