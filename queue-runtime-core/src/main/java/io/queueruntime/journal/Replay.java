package io.queueruntime.journal;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Walks the records from a segment on, as long as one follows the other, and gives the whole groups
 * among them to the visitor. Records before the first to replay are passed over.
 *
 * <p>Confined to the journal's owner.
 */
final class Replay {

  private final Segments segments;
  private final RecordCursor cursor;
  private final RecoveryVisitor visitor;
  private final long covered;

  private long next;
  private long provenForced;
  private long records;
  private long bytes;
  private boolean stoppedAtZeros;

  private @Nullable Segment groupSegment;
  private int groupOffset;
  private long groupSequence;

  Replay(Segments segments, SegmentFiles files, int salt, long covered, RecoveryVisitor visitor) {
    this.segments = segments;
    this.cursor = new RecordCursor(files, salt, RecordCursor.WINDOW);
    this.covered = covered;
    this.visitor = visitor;
    this.next = covered;
  }

  void run(Segment start) throws IOException {
    next = start.firstSequence() == 0 ? covered : start.firstSequence();
    @Nullable Segment segment = start;
    while (segment != null) {
      cursor.seek(segment, SegmentHeader.SIZE);
      while (cursor.advance(next)) {
        take();
      }
      segment.endsAt(cursor.next());
      stoppedAtZeros = cursor.stoppedAtZeros();
      Segment following = segments.find(segment.number() + 1);
      segment = following != null && following.firstSequence() == next ? following : null;
    }
  }

  private void take() throws IOException {
    long sequence = next;
    next = sequence + 1;
    provenForced = Math.max(provenForced, cursor.provenForced());
    if (cursor.more()) {
      if (groupSegment == null) {
        groupSegment = cursor.segment();
        groupOffset = cursor.offset();
        groupSequence = sequence;
        cursor.mark();
      }
    } else if (groupSegment == null) {
      deliver(sequence);
    } else {
      deliverGroup(groupSegment, sequence);
      groupSegment = null;
    }
  }

  /** Goes back to the group's first record; afterwards the cursor stands on the last one again. */
  private void deliverGroup(Segment first, long lastSequence) throws IOException {
    int lastSegment = cursor.segment().number();
    cursor.seek(first, groupOffset);
    for (long sequence = groupSequence; sequence <= lastSequence; sequence++) {
      while (!cursor.advance(sequence)) {
        Segment following = segments.find(cursor.segment().number() + 1);
        if (following == null || following.number() > lastSegment) {
          throw new IOException(
              first.fileName() + " gave other bytes when it was read for the second time.");
        }
        cursor.seek(following, SegmentHeader.SIZE);
      }
      deliver(sequence);
    }
  }

  private void deliver(long sequence) {
    if (sequence >= covered) {
      records++;
      bytes += cursor.next() - cursor.offset();
      visitor.record(cursor.type(), cursor.position(), cursor.payload());
    }
  }

  long records() {
    return records;
  }

  long bytes() {
    return bytes;
  }

  long provenForced() {
    return provenForced;
  }

  /** Where no record follows any more, whether it ends a group or not. */
  Segment stoppedIn() {
    return cursor.segment();
  }

  int stoppedAt() {
    return cursor.next();
  }

  long stoppedBefore() {
    return next;
  }

  boolean stoppedAtZeros() {
    return stoppedAtZeros;
  }

  /** Behind the last whole group: where the journal goes on. */
  Segment cutSegment() {
    return groupSegment == null ? cursor.segment() : groupSegment;
  }

  int cutAt() {
    return groupSegment == null ? cursor.next() : groupOffset;
  }

  long endSequence() {
    return groupSegment == null ? next : groupSequence;
  }
}
