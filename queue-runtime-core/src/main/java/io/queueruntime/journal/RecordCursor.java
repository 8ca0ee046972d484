package io.queueruntime.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of one segment after another with few large reads. A record that is not wholly
 * there, or does not match its checksum, is no record: the cursor stops in front of it.
 *
 * <p>Confined to the journal's owner.
 */
final class RecordCursor {

  static final int WINDOW = 256 * 1024;

  private final SegmentFiles files;
  private final int salt;
  private final int windowSize;
  private final CRC32C crc = new CRC32C();

  private ByteBuffer window = ByteBuffer.allocate(0);
  private @Nullable Segment segment;
  private int windowStart;
  private int filled;
  private int keepFrom;
  private int offset;
  private int next;

  RecordCursor(SegmentFiles files, int salt, int windowSize) {
    this.files = files;
    this.salt = salt;
    this.windowSize = windowSize;
  }

  /** Goes in front of the record at that offset. */
  void seek(Segment target, int targetOffset) {
    if (segment != target) {
      segment = target;
      windowStart = targetOffset;
      filled = 0;
    }
    next = targetOffset;
    keepFrom = Integer.MAX_VALUE;
  }

  /**
   * Says that {@link #seek} will come back to the record it stands on: keeps its bytes, as long as
   * they fit.
   */
  void mark() {
    keepFrom = offset;
  }

  /**
   * Moves to the next record, which must have that sequence (any, when 0); stays and returns false
   * when there is none.
   */
  boolean advance(long expectedSequence) throws IOException {
    Segment current = segment();
    int from = next;
    int room = current.size() - from;
    if (room < RecordFrame.SIZE || !load(from, RecordFrame.SIZE)) {
      return false;
    }
    int at = from - windowStart;
    if (!RecordFrame.plausible(window, at, room)
        || expectedSequence != 0 && RecordFrame.sequence(window, at) != expectedSequence) {
      return false;
    }
    int length = RecordFrame.length(window, at);
    if (!load(from, length)) {
      return false;
    }
    at = from - windowStart;
    if (RecordFrame.crc(crc, salt, window, at, length) != RecordFrame.storedCrc(window, at)) {
      return false;
    }
    offset = from;
    next = from + length;
    return true;
  }

  Segment segment() {
    if (segment == null) {
      throw new IllegalStateException("The cursor was not sent anywhere yet.");
    }
    return segment;
  }

  /** Offset of the record it stands on. */
  int offset() {
    return offset;
  }

  /** Offset behind the record it stands on, or where it stopped. */
  int next() {
    return next;
  }

  long position() {
    return segment().position(offset);
  }

  long sequence() {
    return RecordFrame.sequence(window, offset - windowStart);
  }

  byte type() {
    return RecordFrame.type(window, offset - windowStart);
  }

  boolean more() {
    return RecordFrame.more(window, offset - windowStart);
  }

  long provenForced() {
    return RecordFrame.provenForced(window, offset - windowStart);
  }

  /** Valid until the cursor moves. */
  ByteBuffer payload() {
    return window.slice(offset - windowStart + RecordFrame.SIZE, next - offset - RecordFrame.SIZE);
  }

  /** Whether nothing but zeros stands where it stopped. */
  boolean stoppedAtZeros() throws IOException {
    int count = Math.min(RecordFrame.SIZE, segment().size() - next);
    if (!load(next, count)) {
      return false;
    }
    for (int i = 0; i < count; i++) {
      if (window.get(next - windowStart + i) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Makes the window hold these bytes; false when the file ends before. */
  private boolean load(int from, int count) throws IOException {
    if (from >= windowStart && from + count <= windowStart + filled) {
      return true;
    }
    int start = from;
    int capacity = Math.max(count, Math.min(windowSize, segment().size()));
    if (keepFrom >= windowStart && keepFrom < from && from + count - keepFrom <= capacity) {
      start = keepFrom;
    }
    ByteBuffer target = window.capacity() >= capacity ? window : ByteBuffer.allocate(capacity);
    int kept = 0;
    if (start >= windowStart && start < windowStart + filled) {
      kept = windowStart + filled - start;
      System.arraycopy(window.array(), start - windowStart, target.array(), 0, kept);
    }
    window = target;
    windowStart = start;
    window.limit(Math.min(window.capacity(), segment().size() - start)).position(kept);
    filled = kept + files.of(segment()).read(window, (long) start + kept);
    window.clear();
    return from + count <= windowStart + filled;
  }
}
