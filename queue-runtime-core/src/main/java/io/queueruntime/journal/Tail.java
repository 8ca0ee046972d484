package io.queueruntime.journal;

import io.queueruntime.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The end of the journal: the segment that is appended to, and the bytes that are not written to it
 * yet.
 *
 * <p>Appends collect in one buffer that is reused and grows with the batches up to a bound, so that
 * a flush is one write. A record larger than the buffer goes through it in pieces.
 *
 * <p>Confined to the journal's owner.
 */
final class Tail {

  private static final int BUFFER_MIN = 16 * 1024;
  private static final int BUFFER_MAX = 4 * 1024 * 1024;

  private final int salt;
  private final CRC32C crc = new CRC32C();
  private final ByteBuffer frame = ByteBuffer.allocate(RecordFrame.SIZE);
  private ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_MIN);
  private Segment segment;
  private StorageFile file;
  private int written;
  private boolean unforced;

  Tail(int salt, Segment segment, StorageFile file, boolean unforced) {
    this.salt = salt;
    this.segment = segment;
    this.file = file;
    this.written = segment.end();
    this.unforced = unforced;
  }

  /** Goes on in another segment. All bytes of the one before must be written. */
  void moveTo(Segment nextSegment, StorageFile nextFile) {
    segment = nextSegment;
    file = nextFile;
    written = nextSegment.end();
    unforced = false;
  }

  Segment segment() {
    return segment;
  }

  StorageFile file() {
    return file;
  }

  /** Offset behind the last record, written or not. */
  int end() {
    return written + buffer.position();
  }

  int room() {
    return segment.size() - end();
  }

  /** Whether bytes were written that no force has covered. */
  boolean unforced() {
    return unforced;
  }

  /** Adds a record that fits into {@link #room}; returns its offset. */
  int append(
      int length,
      long sequence,
      long forced,
      byte type,
      boolean more,
      ByteBuffer head,
      @Nullable ByteBuffer tail)
      throws IOException {
    int offset = end();
    makeRoom(length);
    if (length <= buffer.remaining()) {
      int at = buffer.position();
      RecordFrame.put(buffer, at, length, sequence, forced, type, more);
      buffer.position(at + RecordFrame.SIZE);
      buffer.put(head);
      if (tail != null) {
        buffer.put(tail);
      }
      buffer.putInt(at + RecordFrame.CRC, RecordFrame.crc(crc, salt, buffer, at, length));
    } else {
      RecordFrame.put(frame, 0, length, sequence, forced, type, more);
      frame.putInt(RecordFrame.CRC, RecordFrame.crc(crc, salt, frame, 0, head, tail));
      pass(frame.clear());
      pass(head);
      if (tail != null) {
        pass(tail);
      }
    }
    if (segment.firstSequence() == 0) {
      segment.beginsWith(sequence);
    }
    segment.endsAt(end());
    return offset;
  }

  /** Writes what has collected. */
  void write() throws IOException {
    if (buffer.position() > 0) {
      int count = buffer.position();
      unforced = true;
      file.write(buffer.flip(), written);
      buffer.clear();
      written += count;
    }
  }

  void force() throws IOException {
    file.force(false);
    unforced = false;
  }

  /** What is written from now on is not covered by the force that begins. */
  StorageFile beginForce() {
    unforced = false;
    return file;
  }

  /** Fills the buffer from that offset on, as far as there are records; returns how many bytes. */
  int read(ByteBuffer target, int offset) throws IOException {
    int start = target.position();
    if (offset < written) {
      int fromFile = Math.min(target.remaining(), written - offset);
      int limit = target.limit();
      target.limit(start + fromFile);
      file.read(target, offset);
      target.limit(limit);
      if (target.position() - start < fromFile) {
        return target.position() - start;
      }
    }
    int from = offset + target.position() - start - written;
    int count = Math.min(target.remaining(), buffer.position() - from);
    if (count > 0) {
      target.put(buffer.slice(from, count));
    }
    return target.position() - start;
  }

  private void makeRoom(int length) throws IOException {
    if (length <= buffer.remaining()) {
      return;
    }
    long wanted = (long) buffer.position() + length;
    if (wanted <= BUFFER_MAX) {
      int capacity = buffer.capacity();
      while (capacity < wanted) {
        capacity *= 2;
      }
      buffer = ByteBuffer.allocateDirect(capacity).put(buffer.flip());
    } else if (length <= buffer.capacity()) {
      write();
    } else if (buffer.capacity() < BUFFER_MAX) {
      write();
      buffer = ByteBuffer.allocateDirect(BUFFER_MAX);
    }
  }

  private void pass(ByteBuffer source) throws IOException {
    while (source.hasRemaining()) {
      if (!buffer.hasRemaining()) {
        write();
      }
      int count = Math.min(source.remaining(), buffer.remaining());
      int limit = source.limit();
      buffer.put(source.limit(source.position() + count));
      source.limit(limit);
    }
  }
}
