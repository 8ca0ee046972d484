package io.queueruntime.journal;

import io.queueruntime.storage.Storage;
import io.queueruntime.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot on disk. Numbers are big-endian.
 *
 * <pre>
 * header    0     8  magic           "QRTSNAPS"
 *           8     4  version         1
 *          12     8  directory id    as in the segments
 *          20     8  covered         sequence of the first record to replay: all before it are in the snapshot
 *          28     4  crc32c          over the header before it
 *
 * chunk     0     4  length          of the bytes that follow the chunk's frame
 *           4     4  crc32c          over these bytes
 *           8        bytes
 *
 * footer    0     4  end             -1, where a chunk would have its length
 *           4     8  chunks          how many
 *          12     8  forced          last sequence that was durable before the snapshot got its name
 *          20     4  frames crc32c   over the frames of all chunks, in order
 *          24     4  crc32c          over the footer before it
 * </pre>
 *
 * <p>The file ends with the footer. {@code forced} makes the snapshot a witness: the journal must
 * reach at least that far, or something was lost that cannot be lost. Later versions keep the
 * layout of the header.
 *
 * <p>Immutable.
 */
record SnapshotFile(String name, long covered, long forced, long directoryId, long size) {

  private static final long MAGIC = 0x51525453_4E415053L;
  private static final int VERSION = 1;

  private static final int VERSION_AT = 8;
  private static final int DIRECTORY_ID_AT = VERSION_AT + 4;
  private static final int COVERED_AT = DIRECTORY_ID_AT + 8;
  private static final int HEADER_CRC_AT = COVERED_AT + 8;
  static final int HEADER_SIZE = HEADER_CRC_AT + 4;

  static final int CHUNK_FRAME_SIZE = 4 + 4;

  private static final int CHUNKS_AT = 4;
  private static final int FORCED_AT = CHUNKS_AT + 8;
  private static final int FRAMES_CRC_AT = FORCED_AT + 8;
  private static final int FOOTER_CRC_AT = FRAMES_CRC_AT + 4;
  static final int FOOTER_SIZE = FOOTER_CRC_AT + 4;

  private static final int END = -1;
  private static final int PIECE = 64 * 1024;

  static ByteBuffer header(long directoryId, long covered) {
    ByteBuffer bytes = ByteBuffer.allocate(HEADER_SIZE);
    bytes.putLong(MAGIC).putInt(VERSION).putLong(directoryId).putLong(covered);
    return bytes.putInt(crc(bytes, HEADER_CRC_AT)).flip();
  }

  static ByteBuffer footer(long chunks, long forced, int framesCrc) {
    ByteBuffer bytes = ByteBuffer.allocate(FOOTER_SIZE);
    bytes.putInt(END).putLong(chunks).putLong(forced).putInt(framesCrc);
    return bytes.putInt(crc(bytes, FOOTER_CRC_AT)).flip();
  }

  /** Reads the file through; null when any bit of it is not as it was written. */
  static @Nullable SnapshotFile check(Storage storage, String name) throws IOException {
    try (StorageFile file = storage.open(name)) {
      return new Reading(file, name, null).run();
    }
  }

  /** Gives every chunk to the consumer; the file was checked before. */
  void deliver(Storage storage, Consumer<ByteBuffer> consumer) throws IOException {
    try (StorageFile file = storage.open(name)) {
      if (new Reading(file, name, consumer).run() == null) {
        throw Refusals.damaged(
            storage.describe() + ": " + name,
            "it could be read once and not again",
            "Check the disk.");
      }
    }
  }

  private static int crc(ByteBuffer bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.array(), bytes.arrayOffset(), length);
    return (int) crc.getValue();
  }

  /** One way through the file. Confined to its caller. */
  private static final class Reading {

    private final StorageFile file;
    private final String name;
    private final @Nullable Consumer<ByteBuffer> consumer;
    private final ByteBuffer small = ByteBuffer.allocate(Math.max(HEADER_SIZE, FOOTER_SIZE));
    private final CRC32C framesCrc = new CRC32C();
    private ByteBuffer body = ByteBuffer.allocate(PIECE);

    Reading(StorageFile file, String name, @Nullable Consumer<ByteBuffer> consumer) {
      this.file = file;
      this.name = name;
      this.consumer = consumer;
    }

    @Nullable SnapshotFile run() throws IOException {
      long size = file.size();
      if (!read(0, HEADER_SIZE) || small.getLong(0) != MAGIC) {
        return null;
      }
      if (small.getInt(HEADER_CRC_AT) != crc(small, HEADER_CRC_AT)) {
        return null;
      }
      if (small.getInt(VERSION_AT) > VERSION) {
        throw Refusals.newer(name, small.getInt(VERSION_AT), VERSION);
      }
      if (small.getInt(VERSION_AT) != VERSION) {
        return null;
      }
      long directoryId = small.getLong(DIRECTORY_ID_AT);
      long covered = small.getLong(COVERED_AT);
      long chunks = 0;
      long at = HEADER_SIZE;
      while (read(at, CHUNK_FRAME_SIZE) && small.getInt(0) != END) {
        int length = small.getInt(0);
        int crc = small.getInt(4);
        framesCrc.update(small.array(), 0, CHUNK_FRAME_SIZE);
        at += CHUNK_FRAME_SIZE;
        if (length < 0 || length > size - at || !chunk(at, length, crc)) {
          return null;
        }
        at += length;
        chunks++;
      }
      if (at + FOOTER_SIZE != size
          || !read(at, FOOTER_SIZE)
          || small.getInt(FOOTER_CRC_AT) != crc(small, FOOTER_CRC_AT)
          || small.getLong(CHUNKS_AT) != chunks
          || small.getInt(FRAMES_CRC_AT) != (int) framesCrc.getValue()) {
        return null;
      }
      return new SnapshotFile(name, covered, small.getLong(FORCED_AT), directoryId, size);
    }

    /** Checks a chunk piece by piece; only one that is given on is ever held whole. */
    private boolean chunk(long at, int length, int expectedCrc) throws IOException {
      CRC32C crc = new CRC32C();
      if (consumer != null && body.capacity() < length) {
        body = ByteBuffer.allocate(length);
      }
      for (int done = 0; done < length; ) {
        body.clear().limit(Math.min(body.capacity(), length - done));
        int count = file.read(body, at + done);
        if (count == 0) {
          return false;
        }
        crc.update(body.flip());
        done += count;
      }
      if ((int) crc.getValue() != expectedCrc) {
        return false;
      }
      if (consumer != null) {
        consumer.accept(body.slice(0, length));
      }
      return true;
    }

    private boolean read(long at, int count) throws IOException {
      small.clear().limit(count);
      return file.read(small, at) == count;
    }
  }
}
