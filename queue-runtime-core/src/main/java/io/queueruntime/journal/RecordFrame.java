package io.queueruntime.journal;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What stands before the payload of every record. Numbers are big-endian.
 *
 * <pre>
 * offset  size  field
 *      0     4  crc32c     over everything behind it, frame and payload; xor the directory's salt
 *      4     4  length     of frame and payload; 0 ends the records of a segment
 *      8     8  sequence   1 for the first record of a directory, then one more for each
 *     16     4  unforced   sequence minus the last sequence known forced that ends a group; -1: unknown
 *     20     1  type       the caller's
 *     21     1  flags      1: MORE, the group goes on with the next record
 *     22     2  reserved   0
 *     24        payload
 * </pre>
 *
 * <p>The checksum covers the length, so that a length that lost a bit is never believed. The salt
 * comes from the directory's random id: a record of another directory, or bytes in a payload made
 * to look like a record, do not pass.
 *
 * <p>{@code unforced} is what tells damage from a torn tail: a record that can be read proves that
 * every record up to {@code sequence - unforced} had reached the disk before. Only whole groups
 * count as forced, since an unfinished group is cut at recovery even where its beginning was
 * forced.
 */
final class RecordFrame {

  static final int CRC = 0;
  static final int LENGTH = CRC + 4;
  static final int SEQUENCE = LENGTH + 4;
  static final int UNFORCED = SEQUENCE + 8;
  static final int TYPE = UNFORCED + 4;
  static final int FLAGS = TYPE + 1;
  static final int RESERVED = FLAGS + 1;
  static final int SIZE = RESERVED + 2;

  private static final int CHECKED_FROM = LENGTH;
  private static final byte MORE = 1;
  private static final int UNKNOWN = -1;
  private static final long UNFORCED_MAX = 0xFFFF_FFFEL;

  private RecordFrame() {}

  /** Writes a frame without its checksum at that index. */
  static void put(
      ByteBuffer target, int at, int length, long sequence, long forced, byte type, boolean more) {
    long unforced = sequence - forced;
    target.putInt(at + CRC, 0);
    target.putInt(at + LENGTH, length);
    target.putLong(at + SEQUENCE, sequence);
    target.putInt(at + UNFORCED, unforced > UNFORCED_MAX ? UNKNOWN : (int) unforced);
    target.put(at + TYPE, type);
    target.put(at + FLAGS, more ? MORE : 0);
    target.putShort(at + RESERVED, (short) 0);
  }

  /**
   * The checksum of a record whose frame and payload stand together from that index on. Moves
   * nothing.
   */
  static int crc(CRC32C crc, int salt, ByteBuffer source, int at, int length) {
    crc.reset();
    if (source.hasArray()) {
      crc.update(source.array(), source.arrayOffset() + at + CHECKED_FROM, length - CHECKED_FROM);
    } else {
      int position = source.position();
      int limit = source.limit();
      crc.update(source.limit(at + length).position(at + CHECKED_FROM));
      source.limit(limit).position(position);
    }
    return (int) crc.getValue() ^ salt;
  }

  /** The checksum of a record whose payload stands elsewhere. Moves nothing. */
  static int crc(
      CRC32C crc, int salt, ByteBuffer frame, int at, ByteBuffer head, @Nullable ByteBuffer tail) {
    crc.reset();
    crc.update(frame.slice(at + CHECKED_FROM, SIZE - CHECKED_FROM));
    crc.update(head.duplicate());
    if (tail != null) {
      crc.update(tail.duplicate());
    }
    return (int) crc.getValue() ^ salt;
  }

  /**
   * Whether this can be a frame of a record that fits in so many bytes; all that is known before
   * the checksum.
   */
  static boolean plausible(ByteBuffer source, int at, long room) {
    int length = source.getInt(at + LENGTH);
    return length >= SIZE
        && length <= room
        && source.getLong(at + SEQUENCE) > 0
        && source.getInt(at + UNFORCED) != 0
        && (source.get(at + FLAGS) & ~MORE) == 0
        && source.getShort(at + RESERVED) == 0;
  }

  static int storedCrc(ByteBuffer source, int at) {
    return source.getInt(at + CRC);
  }

  static int length(ByteBuffer source, int at) {
    return source.getInt(at + LENGTH);
  }

  static long sequence(ByteBuffer source, int at) {
    return source.getLong(at + SEQUENCE);
  }

  /**
   * The last sequence that had been forced when the record was written, as far as the record tells.
   */
  static long provenForced(ByteBuffer source, int at) {
    int unforced = source.getInt(at + UNFORCED);
    return unforced == UNKNOWN
        ? 0
        : Math.max(0, sequence(source, at) - Integer.toUnsignedLong(unforced));
  }

  static byte type(ByteBuffer source, int at) {
    return source.get(at + TYPE);
  }

  static boolean more(ByteBuffer source, int at) {
    return (source.get(at + FLAGS) & MORE) != 0;
  }
}
