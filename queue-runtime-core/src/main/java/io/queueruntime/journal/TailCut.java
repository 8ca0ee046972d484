package io.queueruntime.journal;

import io.queueruntime.storage.Storage;
import io.queueruntime.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Removes what stands behind the last record that counts, so that nothing of it can ever come back,
 * and makes durable what stands before. Everything here may be interrupted by another crash and
 * done again.
 *
 * <p>Confined to the journal's owner.
 */
final class TailCut {

  private static final int PIECE = 64 * 1024;
  private static final byte[] ZEROS = new byte[PIECE];

  private final Storage storage;
  private final ForcePolicy policy;
  private final Segments segments;
  private final SegmentFiles files;
  private final int salt;

  TailCut(Storage storage, ForcePolicy policy, Segments segments, SegmentFiles files, int salt) {
    this.storage = storage;
    this.policy = policy;
    this.segments = segments;
    this.files = files;
    this.salt = salt;
  }

  void deleteUnfinished(List<String> names) throws IOException {
    for (String name : names) {
      storage.delete(name);
    }
    storage.forceDirectory();
  }

  /**
   * Leaves nothing but zeros behind the end; returns the segments behind it that never held
   * anything else.
   */
  List<Segment> cut(Replay replay, TornTail torn, int segmentSize) throws IOException {
    Segment tail = replay.cutSegment();
    boolean atStop = replay.endSequence() == replay.stoppedBefore();
    List<Segment> later = new ArrayList<>(segments.after(tail));
    boolean reusable =
        atStop
            && torn.laterSegmentsBlank()
            && later.stream().allMatch(segment -> segment.size() == segmentSize);
    // The highest number goes first, and durably so before the next: what another crash leaves has
    // no gap, even where the file system does not keep changes of names in their order.
    for (int i = later.size() - 1; i >= 0; i--) {
      Segment segment = later.get(i);
      segments.remove(segment);
      if (!reusable) {
        files.close(segment);
        storage.delete(segment.fileName());
        storage.forceDirectory();
      }
    }
    tail.endsAt(replay.cutAt());
    if (replay.cutAt() == SegmentHeader.SIZE) {
      tail.beginsWith(0);
    }
    if (!(atStop && torn.restBlank())) {
      wipe(tail, replay.cutAt());
      files.of(tail).force(true);
    }
    return reusable ? later : List.of();
  }

  /**
   * Writes what is not known to be durable once more, and forces it where the policy forces. A
   * force that failed may have left these bytes in the system's cache as if they were on the disk;
   * only a new write makes the system write them. Returns the segments that remain unforced.
   */
  List<Segment> rewriteUnproven(Segment start, Segment tail, long proven) throws IOException {
    List<Segment> unforced = new ArrayList<>();
    for (Segment segment : segments.all()) {
      if (segment.number() >= start.number() && (segment == tail || !endsProven(segment, proven))) {
        rewrite(segment, firstUnproven(segment, proven));
        if (policy == ForcePolicy.FORCE) {
          files.of(segment).force(true);
        } else {
          unforced.add(segment);
        }
      }
    }
    return unforced;
  }

  private boolean endsProven(Segment segment, long proven) {
    Segment next = segments.next(segment);
    return next != null && next.firstSequence() > 0 && next.firstSequence() - 1 <= proven;
  }

  private int firstUnproven(Segment segment, long proven) throws IOException {
    RecordCursor cursor = new RecordCursor(files, salt, RecordCursor.WINDOW);
    cursor.seek(segment, SegmentHeader.SIZE);
    int from = cursor.next();
    while (from < segment.end() && cursor.advance(0) && cursor.sequence() <= proven) {
      from = cursor.next();
    }
    return from;
  }

  private void rewrite(Segment segment, int from) throws IOException {
    StorageFile file = files.of(segment);
    int to = segment.end();
    ByteBuffer piece = ByteBuffer.allocate(Math.min(PIECE, to - from));
    for (int at = from; at < to; ) {
      piece.clear().limit(Math.min(PIECE, to - at));
      int count = file.read(piece, at);
      if (count == 0) {
        break;
      }
      file.write(piece.flip(), at);
      at += count;
    }
  }

  /** Writes only where there is anything but zeros. */
  private void wipe(Segment segment, int from) throws IOException {
    StorageFile file = files.of(segment);
    ByteBuffer piece = ByteBuffer.allocate(Math.min(PIECE, segment.size() - from));
    for (int at = from; at < segment.size(); ) {
      piece.clear().limit(Math.min(PIECE, segment.size() - at));
      int count = file.read(piece, at);
      if (count == 0) {
        break;
      }
      if (piece.flip().mismatch(ByteBuffer.wrap(ZEROS, 0, count)) >= 0) {
        file.write(ByteBuffer.wrap(ZEROS, 0, count), at);
      }
      at += count;
    }
  }
}
