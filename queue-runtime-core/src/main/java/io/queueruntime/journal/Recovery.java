package io.queueruntime.journal;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.storage.Storage;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a directory back: newest whole snapshot, then every record since, to the end of what
 * survived.
 *
 * <p>First everything is read and judged, and only then the disk is changed; whoever is refused
 * finds the directory as it was. One run for each object. Confined to the journal's owner.
 */
final class Recovery {

  private static final int PROBE = 4 * 1024;

  private final Storage storage;
  private final JournalOptions options;
  private final Segments segments;
  private final SegmentFiles files;
  private final DirectoryContent content;
  private final int salt;

  Recovery(
      Storage storage,
      JournalOptions options,
      Segments segments,
      SegmentFiles files,
      DirectoryContent content) {
    this.storage = storage;
    this.options = options;
    this.segments = segments;
    this.files = files;
    this.content = content;
    this.salt = DirectoryContent.salt(content.directoryId());
  }

  Recovered run(RecoveryVisitor visitor) throws IOException {
    loadFirstRecords();
    SnapshotFile snapshot = content.newest();
    long covered = snapshot == null ? 1 : snapshot.covered();
    long required = snapshot == null ? 0 : Math.max(covered - 1, snapshot.forced());
    Segment start = start(covered, required);
    if (snapshot != null) {
      snapshot.deliver(storage, visitor::snapshotChunk);
    }
    Replay replay = new Replay(segments, files, salt, covered, visitor);
    TailCut cut = new TailCut(storage, options.forcePolicy(), segments, files, salt);
    if (start == null) {
      checkNothingMissing();
      cut.deleteUnfinished(content.unfinished());
      return recovered(replay, null, List.of(), List.of(), 0);
    }
    replay.run(start);
    TornTail torn = judge(replay, required);
    checkNothingMissing();
    cut.deleteUnfinished(content.unfinished());
    List<Segment> blank = cut.cut(replay, torn, options.segmentSize());
    long proven = Math.max(replay.provenForced(), required);
    List<Segment> unforced = cut.rewriteUnproven(start, replay.cutSegment(), proven);
    seal(start, replay.cutSegment());
    long durable = options.forcePolicy() == ForcePolicy.FORCE ? replay.endSequence() - 1 : proven;
    return recovered(replay, replay.cutSegment(), unforced, blank, durable);
  }

  private void loadFirstRecords() throws IOException {
    RecordCursor cursor = new RecordCursor(files, salt, PROBE);
    for (Segment segment : segments.all()) {
      cursor.seek(segment, SegmentHeader.SIZE);
      if (cursor.advance(0)) {
        segment.beginsWith(cursor.sequence());
      }
    }
  }

  /** The segment where replay begins; null when there are no segments and need be none. */
  private @Nullable Segment start(long covered, long required) {
    Segment start = null;
    Segment lowest = null;
    for (Segment segment : segments.all()) {
      lowest = lowest == null ? segment : lowest;
      if (segment.firstSequence() > 0 && segment.firstSequence() <= covered) {
        start = segment;
      }
    }
    if (start != null) {
      return start;
    }
    if (required == 0
        && content.unreadableSnapshots().isEmpty()
        && (lowest == null || lowest.number() == 1)) {
      return lowest;
    }
    throw Refusals.damaged(
        storage.describe(),
        (content.snapshots().isEmpty()
                ? "no snapshot can be read"
                : "the newest snapshot that can be read ends before record " + covered)
            + ", and no segment has that record: "
            + (lowest == null
                ? "there are no segments"
                : "the first one left is " + lowest.fileName())
            + (content.unreadableSnapshots().isEmpty()
                ? ""
                : ". Damaged snapshots: " + content.unreadableSnapshots()),
        "Restore the missing files or the whole directory from a backup.");
  }

  /** Fails unless the records stop where they may. */
  private TornTail judge(Replay replay, long required) throws IOException {
    Segment stop = replay.stoppedIn();
    Collection<Segment> later = segments.after(stop);
    int number = stop.number();
    for (Segment segment : later) {
      if (segment.number() != ++number) {
        throw damage(
            FileNames.segment(number),
            SegmentHeader.SIZE,
            replay.stoppedBefore(),
            "the file is not there, though later ones are");
      }
    }
    TornTail torn =
        TornTail.lookAt(files, salt, stop, replay.stoppedAt(), later, replay.stoppedBefore());
    long proven = Math.max(replay.provenForced(), torn.provenForced());
    if (Math.max(proven, required) >= replay.endSequence()) {
      throw damage(
          stop.fileName(),
          replay.stoppedAt(),
          replay.stoppedBefore(),
          (replay.stoppedAtZeros() ? "there are zeros" : "what is there is damaged")
              + "; it had been forced to the disk, as "
              + (proven >= replay.endSequence() ? "later records say" : "the snapshot says")
              + ", and "
              + torn.records()
              + " valid records follow");
    }
    return torn;
  }

  private StorageFailed damage(String file, int offset, long expected, String found) {
    return Refusals.damaged(
        content.path(file) + ", offset " + offset,
        "record "
            + expected
            + " was expected; "
            + found
            + ". This is damage, not the end of an interrupted write",
        "Back the directory up, check the disk, and restore the file from a backup.");
  }

  /** A snapshot may speak of records whose segment is gone, if replay has released them. */
  private void checkNothingMissing() {
    for (Segment segment : List.copyOf(segments.all())) {
      if (segment.isMissing()) {
        if (segment.liveBytes() > 0) {
          throw Refusals.damaged(
              content.path(segment.fileName()),
              "the file is missing, and " + segment.liveBytes() + " bytes in it are needed",
              "Restore the file from a backup.");
        }
        segments.remove(segment);
      }
    }
  }

  /** Those before the start were not read through: they count as full. */
  private void seal(Segment start, Segment tail) {
    for (Segment segment : segments.all()) {
      if (segment.number() < start.number()) {
        segment.endsAt(segment.size());
      }
      if (segment != tail) {
        segment.seal();
      }
    }
  }

  private Recovered recovered(
      Replay replay,
      @Nullable Segment tail,
      List<Segment> unforced,
      List<Segment> blank,
      long durable) {
    return new Recovered(
        content.directoryId(),
        tail,
        unforced,
        blank,
        replay.endSequence(),
        durable,
        content.snapshots(),
        content.unreadableSnapshots(),
        replay.records(),
        replay.bytes());
  }
}
