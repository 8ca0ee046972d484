package io.queueruntime.journal;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The first bytes of every segment file. Numbers are big-endian.
 *
 * <pre>
 * offset  size  field
 *      0     8  magic         "QRTSEGMT"
 *      8     4  version       1
 *     12     4  number        the one in the file's name
 *     16     8  directory id  random; the same in every file of a directory
 *     24     4  size          of the file
 *     28     4  crc32c        over all before it
 *     32        records, then zeros
 * </pre>
 *
 * <p>The header is made durable together with the zeros behind it before the file gets its name, so
 * a named file always has a good header; one that has not is damaged. The sequence of the first
 * record is therefore not in it: that is known only later, and the record itself says it.
 *
 * <p>Later versions keep the layout of the header, so that a newer file is told from a damaged one.
 *
 * <p>Immutable.
 */
record SegmentHeader(int number, long directoryId, int size) {

  private static final long MAGIC = 0x51525453_45474D54L;
  private static final int VERSION = 1;

  private static final int MAGIC_AT = 0;
  private static final int VERSION_AT = MAGIC_AT + 8;
  private static final int NUMBER_AT = VERSION_AT + 4;
  private static final int DIRECTORY_ID_AT = NUMBER_AT + 4;
  private static final int SIZE_AT = DIRECTORY_ID_AT + 8;
  private static final int CRC_AT = SIZE_AT + 4;
  static final int SIZE = CRC_AT + 4;

  ByteBuffer encode() {
    ByteBuffer bytes = ByteBuffer.allocate(SIZE);
    bytes.putLong(MAGIC).putInt(VERSION).putInt(number).putLong(directoryId).putInt(size);
    return bytes.putInt(crc(bytes)).flip();
  }

  /** Reads what stands at the beginning of the buffer, which belongs to that file. */
  static SegmentHeader decode(ByteBuffer bytes, String file, int number, long fileSize) {
    if (bytes.limit() < SIZE || bytes.getLong(MAGIC_AT) != MAGIC) {
      throw damaged(file, "it does not begin like a segment");
    }
    if (bytes.getInt(CRC_AT) != crc(bytes)) {
      throw damaged(file, "its header does not match its checksum");
    }
    int version = bytes.getInt(VERSION_AT);
    if (version > VERSION) {
      throw Refusals.newer(file, version, VERSION);
    }
    if (version != VERSION) {
      throw damaged(file, "its format version is " + version);
    }
    SegmentHeader header =
        new SegmentHeader(
            bytes.getInt(NUMBER_AT), bytes.getLong(DIRECTORY_ID_AT), bytes.getInt(SIZE_AT));
    if (header.number != number) {
      throw damaged(file, "its header says that it is segment " + header.number);
    }
    if (header.size != fileSize) {
      throw damaged(file, "it has " + fileSize + " bytes instead of " + header.size);
    }
    return header;
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.array(), bytes.arrayOffset(), CRC_AT);
    return (int) crc.getValue();
  }

  private static StorageFailed damaged(String file, String found) {
    return Refusals.damaged(file, found, "Restore the directory from a backup.");
  }
}
