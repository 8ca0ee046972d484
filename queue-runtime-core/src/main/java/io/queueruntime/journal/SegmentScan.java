package io.queueruntime.journal;

import java.io.IOException;

/** Goes through the records of one sealed segment in steps. Confined to the journal's owner. */
final class SegmentScan {

  private final Segment segment;
  private final RecordCursor cursor;

  SegmentScan(Segment segment, SegmentFiles files, int salt) {
    this.segment = segment;
    this.cursor = new RecordCursor(files, salt, RecordCursor.WINDOW);
  }

  Segment segment() {
    return segment;
  }

  /**
   * Visits at most so many records; returns the offset to go on from, which is that of the end when
   * there are no more.
   */
  int step(int from, int maxRecords, RecordVisitor visitor) throws IOException {
    cursor.seek(segment, from);
    for (int records = 0;
        records < maxRecords && cursor.next() < segment.end() && cursor.advance(0);
        records++) {
      visitor.record(cursor.type(), cursor.position(), cursor.payload());
    }
    return cursor.next();
  }

  /** Whether no record follows at that offset, as it should be at the end. */
  boolean endsAt(int offset) throws IOException {
    if (offset >= segment.end()) {
      return true;
    }
    cursor.seek(segment, offset);
    return cursor.stoppedAtZeros();
  }
}
