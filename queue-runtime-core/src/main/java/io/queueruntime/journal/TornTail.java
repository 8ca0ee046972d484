package io.queueruntime.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.zip.CRC32C;

/**
 * What stands behind the place where the records stop, and so whether that is the end of the
 * journal or a hole in it.
 *
 * <p>A crash can leave anything behind the last byte that was forced: nothing, halves of records,
 * and whole records after missing ones. All of that may be cut, for nobody was told that it is
 * safe. Damage looks the same at its first byte. The difference is what follows: every record says
 * how far the journal had been forced when it was written, so a whole record behind the hole that
 * was written after the hole's records had been forced proves that they were there. Records are
 * looked for at every offset, because nothing behind a damaged length tells where the next one
 * begins.
 *
 * <p>Confined to the journal's owner.
 */
final class TornTail {

  private static final int WINDOW = 64 * 1024;
  private static final byte[] ZEROS = new byte[WINDOW];

  private final SegmentFiles files;
  private final int salt;
  private final long expectedSequence;
  private final CRC32C crc = new CRC32C();
  private final ByteBuffer window = ByteBuffer.allocate(WINDOW);
  private long windowStart;
  private int filled;

  private long sequenceMax;
  private long checksLeft;
  private long records;
  private long provenForced;
  private boolean restBlank;
  private boolean laterSegmentsBlank = true;

  private TornTail(SegmentFiles files, int salt, long expectedSequence) {
    this.files = files;
    this.salt = salt;
    this.expectedSequence = expectedSequence;
  }

  /** Looks at everything from that offset on. Changes nothing. */
  static TornTail lookAt(
      SegmentFiles files,
      int salt,
      Segment segment,
      int offset,
      Collection<Segment> later,
      long expectedSequence)
      throws IOException {
    TornTail tail = new TornTail(files, salt, expectedSequence);
    long bytes = (long) segment.size() - offset;
    for (Segment each : later) {
      bytes += each.size();
    }
    tail.sequenceMax = expectedSequence + bytes / RecordFrame.SIZE;
    tail.checksLeft = 4 * bytes;
    tail.restBlank = !tail.look(segment, offset);
    for (Segment each : later) {
      if (tail.look(each, SegmentHeader.SIZE)) {
        tail.laterSegmentsBlank = false;
      }
    }
    return tail;
  }

  /** How many whole records with later sequences there are. */
  long records() {
    return records;
  }

  /**
   * The highest sequence that one of them proves to have been forced; 0 when none proves anything.
   */
  long provenForced() {
    return provenForced;
  }

  /** Whether the rest of the segment holds nothing but zeros. */
  boolean restBlank() {
    return restBlank;
  }

  /** Whether the later segments hold nothing but zeros. */
  boolean laterSegmentsBlank() {
    return laterSegmentsBlank;
  }

  /** Returns whether there was anything but zeros. */
  private boolean look(Segment segment, int from) throws IOException {
    boolean anything = false;
    filled = 0;
    windowStart = from;
    for (long at = from; at < segment.size(); ) {
      if (at + RecordFrame.SIZE > windowStart + filled && !refill(segment, at)) {
        break;
      }
      int index = (int) (at - windowStart);
      int left = filled - index;
      if (left >= RecordFrame.SIZE && window.getLong(index) != 0) {
        anything = true;
        at += recordAt(segment, at);
        continue;
      }
      int zeros = zerosFrom(index);
      anything |= zeros < left;
      if (left < RecordFrame.SIZE) {
        break;
      }
      // A record's first eight bytes have its length, so they are not all zeros.
      at += zeros - (Long.BYTES - 1);
    }
    return anything;
  }

  /** The length of the record there, or 1 when there is none. */
  private int recordAt(Segment segment, long at) throws IOException {
    int index = (int) (at - windowStart);
    if (!RecordFrame.plausible(window, index, segment.size() - at)) {
      return 1;
    }
    long sequence = RecordFrame.sequence(window, index);
    if (sequence < expectedSequence || sequence > sequenceMax) {
      return 1;
    }
    int length = RecordFrame.length(window, index);
    int stored = RecordFrame.storedCrc(window, index);
    long proven = RecordFrame.provenForced(window, index);
    boolean whole =
        length <= filled - index
            ? RecordFrame.crc(crc, salt, window, index, length) == stored
            : crcFromFile(segment, at, length) == stored;
    if (!whole) {
      checksLeft -= length;
      if (checksLeft < 0) {
        throw Refusals.damaged(
            segment.fileName() + ", around offset " + at,
            "it is full of what looks like records and is none, so whether valid ones follow cannot be told",
            "Restore the directory from a backup.");
      }
      return 1;
    }
    records++;
    provenForced = Math.max(provenForced, proven);
    return length;
  }

  private int crcFromFile(Segment segment, long at, int length) throws IOException {
    ByteBuffer piece = ByteBuffer.allocate(WINDOW);
    crc.reset();
    long end = at + length;
    for (long position = at + RecordFrame.LENGTH; position < end; ) {
      piece.clear().limit((int) Math.min(WINDOW, end - position));
      int count = files.of(segment).read(piece, position);
      if (count == 0) {
        break;
      }
      crc.update(piece.flip());
      position += count;
    }
    return (int) crc.getValue() ^ salt;
  }

  private boolean refill(Segment segment, long at) throws IOException {
    window.clear();
    windowStart = at;
    filled = files.of(segment).read(window, at);
    return filled > 0;
  }

  private int zerosFrom(int index) {
    int count = filled - index;
    int mismatch = window.slice(index, count).mismatch(ByteBuffer.wrap(ZEROS, 0, count));
    return mismatch < 0 ? count : mismatch;
  }
}
