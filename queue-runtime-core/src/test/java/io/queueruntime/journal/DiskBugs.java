package io.queueruntime.journal;

import io.queueruntime.storage.Storage;
import io.queueruntime.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Deque;
import java.util.List;
import java.util.zip.CRC32C;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bind.annotation.Argument;

/**
 * Mistakes that a journal could have, as code to be put into a copy of the real one: see {@code
 * PlantedBug} of the engine.
 *
 * <p>The classes that end in {@code Advice} are copied into methods; the others are called in their
 * stead.
 */
public final class DiskBugs {

  private DiskBugs() {}

  /** A force that failed is tried once more, and the second time it succeeds. */
  public static final class ForceIsTriedAgainAdvice {
    @Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class)
    static boolean enter(
        @Advice.FieldValue("file") StorageFile file,
        @Advice.FieldValue(value = "unforced", readOnly = false) boolean unforced)
        throws IOException {
      DiskBugs.forceTwice(file);
      unforced = false;
      return true;
    }
  }

  static void forceTwice(StorageFile file) throws IOException {
    try {
      file.force(false);
    } catch (IOException e) {
      file.force(false);
    }
  }

  /** Half of what should be written is, and all of it counts as written. */
  public static final class HalfIsWrittenAdvice {
    @Advice.OnMethodEnter
    static void enter(
        @Advice.FieldValue("buffer") ByteBuffer buffer,
        @Advice.FieldValue("file") StorageFile file,
        @Advice.FieldValue(value = "written", readOnly = false) int written,
        @Advice.FieldValue(value = "unforced", readOnly = false) boolean unforced)
        throws IOException {
      if (buffer.position() > 1024) {
        int count = buffer.position();
        file.write(buffer.flip().limit(512), written);
        buffer.clear();
        written += count;
        unforced = true;
      }
    }
  }

  /** The old snapshots go before the new one is there. */
  public static final class OldSnapshotGoesFirstAdvice {
    @Advice.OnMethodEnter
    static void enter(
        @Advice.FieldValue("storage") Storage storage,
        @Advice.FieldValue("kept") Deque<Recovered.KeptSnapshot> kept) {
      DiskBugs.delete(storage, kept);
    }
  }

  static void delete(Storage storage, Deque<Recovered.KeptSnapshot> kept) {
    for (Recovered.KeptSnapshot snapshot : kept) {
      try {
        storage.delete(snapshot.name());
        storage.forceDirectory();
      } catch (IOException e) {
        // Gone already, or the disk is.
      }
    }
  }

  /** The number of the segment before is used again. */
  public static final class NumberIsUsedAgainAdvice {
    @Advice.OnMethodEnter
    static void enter(@Advice.FieldValue(value = "nextNumber", readOnly = false) int next) {
      if (next > 2) {
        next = next - 1;
      }
    }
  }

  /** What replay found is taken for durable. */
  static List<Segment> nothingIsRewritten() {
    return List.of();
  }

  /** A position as 32 bits would have it. */
  static long narrowPosition(@Argument(0) int number, @Argument(1) int offset) {
    return (long) (number << 28 | offset);
  }

  /** A checksum that begins behind the frame. */
  static int crcOfPayload(
      @Argument(0) CRC32C crc,
      @Argument(1) int salt,
      @Argument(2) ByteBuffer source,
      @Argument(3) int at,
      @Argument(4) int length) {
    crc.reset();
    crc.update(source.slice(at + RecordFrame.SIZE, length - RecordFrame.SIZE));
    return (int) crc.getValue() ^ salt;
  }

  /** The same where the payload stands elsewhere. */
  static int crcOfPayload(
      @Argument(0) CRC32C crc,
      @Argument(1) int salt,
      @Argument(4) ByteBuffer head,
      @Argument(5) ByteBuffer tail) {
    crc.reset();
    crc.update(head.duplicate());
    if (tail != null) {
      crc.update(tail.duplicate());
    }
    return (int) crc.getValue() ^ salt;
  }

  /** A checksum that ends with the frame. */
  static int crcOfFrame(
      @Argument(0) CRC32C crc,
      @Argument(1) int salt,
      @Argument(2) ByteBuffer source,
      @Argument(3) int at) {
    crc.reset();
    crc.update(source.slice(at + RecordFrame.LENGTH, RecordFrame.SIZE - RecordFrame.LENGTH));
    return (int) crc.getValue() ^ salt;
  }

  /** Every directory's records fit every other. */
  public static final class NoSaltAdvice {
    @Advice.OnMethodExit
    static void exit(@Advice.Argument(1) int salt, @Advice.Return(readOnly = false) int crc) {
      crc = crc ^ salt;
    }
  }

  /** One number too many. */
  public static final class OneMoreAdvice {
    @Advice.OnMethodExit
    static void exit(@Advice.Return(readOnly = false) long value) {
      value = value + 1;
    }
  }

  /** What is needed no more goes before the disk knows that it is not. */
  public static final class EverythingIsDurableAdvice {
    @Advice.OnMethodEnter
    static void enter(@Advice.Argument(value = 1, readOnly = false) long durable) {
      durable = Long.MAX_VALUE;
    }
  }
}
