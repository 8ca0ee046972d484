package io.queueruntime.journal;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.QueueRuntimeException.StorageFailed.Reason;
import io.queueruntime.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Finds records again while the journal runs: one by its position, or all of a segment. Says where
 * it failed.
 *
 * <p>Confined to the journal's owner.
 */
final class Lookup {

  private final Storage storage;
  private final Segments segments;
  private final SegmentFiles files;
  private final Tail tail;
  private final int salt;
  private final RecordReader reader;
  private @Nullable SegmentScan scan;

  Lookup(Storage storage, Segments segments, SegmentFiles files, Tail tail, int salt) {
    this.storage = storage;
    this.segments = segments;
    this.files = files;
    this.tail = tail;
    this.salt = salt;
    this.reader = new RecordReader(files, salt);
  }

  ByteBuffer read(long position) {
    int offset = Segment.offset(position);
    Segment segment = segments.find(Segment.number(position));
    if (segment == null) {
      throw gone(position);
    }
    ByteBuffer payload;
    try {
      payload = reader.read(segment, offset, segment == tail.segment() ? tail : null);
    } catch (IOException e) {
      throw unreadable(segment, offset, e);
    }
    if (payload == null) {
      throw damaged(segment.number(), offset, "there is no whole record");
    }
    return payload;
  }

  /** Returns the offset to go on from, or -1 when the segment has no more records or is gone. */
  long scan(int number, long offset, int maxRecords, RecordVisitor visitor) {
    Segment segment = segments.find(number);
    if (segment == null) {
      scan = null;
      return -1;
    }
    if (!segment.isSealed()) {
      throw new IllegalStateException(segment.fileName() + " is not sealed yet.");
    }
    SegmentScan going = scan;
    if (going == null || going.segment() != segment) {
      going = new SegmentScan(segment, files, salt);
      scan = going;
    }
    int from = (int) Math.max(offset, SegmentHeader.SIZE);
    try {
      int next = going.step(from, maxRecords, visitor);
      if (next > from || maxRecords == 0) {
        return next;
      }
      if (!going.endsAt(from)) {
        throw damaged(number, from, "there is no whole record");
      }
    } catch (IOException e) {
      throw unreadable(segment, from, e);
    }
    scan = null;
    return -1;
  }

  StorageFailed gone(long position) {
    return damaged(Segment.number(position), Segment.offset(position), "the file is gone");
  }

  private StorageFailed damaged(int segment, int offset, String found) {
    return new StorageFailed(
        Reason.DAMAGED,
        place(FileNames.segment(segment), offset)
            + ": "
            + found
            + ". Check the disk, and restore the file from a backup.",
        null);
  }

  private StorageFailed unreadable(Segment segment, int offset, IOException e) {
    return new StorageFailed(
        place(segment.fileName(), offset) + " cannot be read: " + e + ". Check the disk.", e);
  }

  private String place(String file, int offset) {
    return storage.describe() + ": " + file + ", offset " + offset;
  }
}
