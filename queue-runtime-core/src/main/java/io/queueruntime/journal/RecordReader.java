package io.queueruntime.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Reads single records by position, checked. Confined to the journal's owner. */
final class RecordReader {

  /** Most records come with one read of so many bytes; only longer ones need a second. */
  private static final int FIRST_READ = 4 * 1024;

  private final SegmentFiles files;
  private final int salt;
  private final CRC32C crc = new CRC32C();
  private final ByteBuffer first = ByteBuffer.allocateDirect(FIRST_READ);

  RecordReader(SegmentFiles files, int salt) {
    this.files = files;
    this.salt = salt;
  }

  /**
   * The payload of the record at that offset, or null when there is none. The tail, where the
   * segment is its own.
   */
  @Nullable ByteBuffer read(Segment segment, int offset, @Nullable Tail tail) throws IOException {
    if (offset < SegmentHeader.SIZE || offset > segment.size() - RecordFrame.SIZE) {
      return null;
    }
    int room = segment.size() - offset;
    first.clear().limit(Math.min(FIRST_READ, room));
    int got = fill(segment, first, offset, tail);
    if (got < RecordFrame.SIZE || !RecordFrame.plausible(first, 0, room)) {
      return null;
    }
    int length = RecordFrame.length(first, 0);
    if (length <= got) {
      if (RecordFrame.crc(crc, salt, first, 0, length) != RecordFrame.storedCrc(first, 0)) {
        return null;
      }
      ByteBuffer payload = ByteBuffer.allocate(length - RecordFrame.SIZE);
      return payload.put(first.slice(RecordFrame.SIZE, payload.capacity())).flip();
    }
    if (got < FIRST_READ) {
      return null;
    }
    ByteBuffer payload = ByteBuffer.allocate(length - RecordFrame.SIZE);
    payload.put(first.slice(RecordFrame.SIZE, got - RecordFrame.SIZE));
    fill(segment, payload, offset + got, tail);
    payload.flip();
    return payload.limit() == length - RecordFrame.SIZE
            && RecordFrame.crc(crc, salt, first, 0, payload, null)
                == RecordFrame.storedCrc(first, 0)
        ? payload
        : null;
  }

  private int fill(Segment segment, ByteBuffer target, int offset, @Nullable Tail tail)
      throws IOException {
    return tail == null ? files.of(segment).read(target, offset) : tail.read(target, offset);
  }
}
