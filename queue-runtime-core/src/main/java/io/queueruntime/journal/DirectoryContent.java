package io.queueruntime.journal;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.QueueRuntimeException.StorageFailed.Reason;
import io.queueruntime.journal.Recovered.KeptSnapshot;
import io.queueruntime.storage.Storage;
import io.queueruntime.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which files there are, and what their headers say. Only looks. Files with other names are left
 * alone.
 *
 * <p>Confined to the journal's owner.
 */
final class DirectoryContent {

  private static final Logger LOG = LoggerFactory.getLogger(DirectoryContent.class);

  private final Storage storage;
  private final Segments segments;
  private final List<String> unfinished = new ArrayList<>();
  private final List<KeptSnapshot> snapshots = new ArrayList<>();
  private final List<String> unreadableSnapshots = new ArrayList<>();
  private @Nullable SnapshotFile newest;
  private @Nullable String idSource;
  private long directoryId;

  /**
   * @param segments where the segments are added
   * @param newDirectoryId the directory's id if no file in it says another
   */
  DirectoryContent(Storage storage, Segments segments, long newDirectoryId) {
    this.storage = storage;
    this.segments = segments;
    this.directoryId = newDirectoryId;
  }

  /** What checksums of records are mixed with. */
  static int salt(long directoryId) {
    return (int) (directoryId ^ directoryId >>> 32);
  }

  /**
   * Where there is no recovery there must be nothing to recover: it would be lost without a word.
   */
  void checkEmpty() throws IOException {
    for (String name : storage.list()) {
      if (FileNames.segmentNumber(name).isPresent()
          || FileNames.snapshotCovered(name).isPresent()) {
        throw new StorageFailed(
            Reason.DIRECTORY_NOT_USABLE,
            path(name)
                + " is there, but a journal that is not durable starts empty. Nothing was changed. Open it durable,"
                + " or give it another directory.",
            null);
      }
    }
  }

  void load() throws IOException {
    List<String> names = storage.list();
    for (String name : names) {
      OptionalInt number = FileNames.segmentNumber(name);
      if (FileNames.isUnfinished(name)) {
        unfinished.add(name);
      } else if (number.isPresent()) {
        loadSegment(name, number.getAsInt());
      }
    }
    for (int i = names.size() - 1; i >= 0; i--) {
      OptionalLong covered = FileNames.snapshotCovered(names.get(i));
      if (covered.isPresent()) {
        loadSnapshot(names.get(i), covered.getAsLong());
      }
    }
  }

  long directoryId() {
    return directoryId;
  }

  /** Names of files that were being written when the process ended. */
  List<String> unfinished() {
    return unfinished;
  }

  /** The newest snapshot that is whole. */
  @Nullable SnapshotFile newest() {
    return newest;
  }

  /** That one and those before it, oldest first. */
  List<KeptSnapshot> snapshots() {
    return snapshots;
  }

  /** Names of those behind it, which are damaged. */
  List<String> unreadableSnapshots() {
    return unreadableSnapshots;
  }

  String path(String name) {
    return storage.describe() + ": " + name;
  }

  private void loadSegment(String name, int number) throws IOException {
    try (StorageFile file = storage.open(name)) {
      ByteBuffer bytes = ByteBuffer.allocate(SegmentHeader.SIZE);
      file.read(bytes, 0);
      SegmentHeader header = SegmentHeader.decode(bytes.flip(), path(name), number, file.size());
      checkBelongsHere(name, header.directoryId());
      segments.add(Segment.blank(number, header.size()));
    }
  }

  /**
   * Called from the newest to the oldest: one that cannot be read is passed over for the one
   * before.
   */
  private void loadSnapshot(String name, long covered) throws IOException {
    if (newest != null) {
      snapshots.add(0, new KeptSnapshot(name, covered, size(name)));
      return;
    }
    SnapshotFile snapshot = null;
    try {
      snapshot = SnapshotFile.check(storage, name);
    } catch (IOException e) {
      LOG.warn("{} cannot be read: {}", path(name), e.toString());
    }
    if (snapshot == null || snapshot.covered() != covered) {
      LOG.warn("{} is damaged; an older snapshot is used where there is one.", path(name));
      unreadableSnapshots.add(name);
      return;
    }
    checkBelongsHere(name, snapshot.directoryId());
    newest = snapshot;
    snapshots.add(0, new KeptSnapshot(name, covered, snapshot.size()));
  }

  private long size(String name) throws IOException {
    try (StorageFile file = storage.open(name)) {
      return file.size();
    }
  }

  private void checkBelongsHere(String name, long id) {
    if (idSource == null) {
      idSource = name;
      directoryId = id;
    } else if (id != directoryId) {
      throw Refusals.damaged(
          path(name),
          "it belongs to another data directory than " + idSource,
          "Move the files that do not belong here away.");
    }
  }
}
