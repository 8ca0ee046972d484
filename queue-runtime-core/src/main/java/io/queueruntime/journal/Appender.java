package io.queueruntime.journal;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.journal.PreparedSegments.Prepared;
import io.queueruntime.storage.Storage;
import io.queueruntime.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts records at the end of the journal and knows how far they are durable. The first write or
 * force that fails is the last one: what the disk holds after it is not known, and trying again
 * could only hide that.
 *
 * <p>Confined to the journal's owner.
 */
final class Appender {

  private final Storage storage;
  private final ForcePolicy policy;
  private final Segments segments;
  private final SegmentFiles files;
  private final PreparedSegments prepared;
  private final Tail tail;

  /** Segments before the tail's with bytes that no force has covered. */
  private final List<Segment> unforced;

  private long nextSequence;
  private long lastGroupEnd;
  private long durable;

  /** Segments whose files are being forced beside the tail's as it was; they stay open. */
  private final List<Segment> forcing = new ArrayList<>();

  private final List<StorageFile> forcingFiles = new ArrayList<>();
  private boolean forceRuns;
  private long forcedUpTo;
  private volatile @Nullable StorageFailed failure;

  Appender(
      Storage storage,
      ForcePolicy policy,
      Segments segments,
      SegmentFiles files,
      PreparedSegments prepared,
      Tail tail,
      Recovered recovered) {
    this.storage = storage;
    this.policy = policy;
    this.segments = segments;
    this.files = files;
    this.prepared = prepared;
    this.tail = tail;
    this.unforced = new ArrayList<>(recovered.unforced());
    this.unforced.remove(tail.segment());
    this.nextSequence = recovered.nextSequence();
    this.lastGroupEnd = nextSequence - 1;
    this.durable = recovered.durable();
  }

  Tail tail() {
    return tail;
  }

  long nextSequence() {
    return nextSequence;
  }

  /** The last sequence that ends a group and is durable with all before it. */
  long durable() {
    return durable;
  }

  boolean isInsideGroup() {
    return lastGroupEnd != nextSequence - 1;
  }

  boolean hasFailed() {
    return failure != null;
  }

  void checkHealthy() {
    if (failure != null) {
      throw failure;
    }
  }

  /** Returns the record's position. */
  long append(byte type, boolean more, int length, ByteBuffer head, @Nullable ByteBuffer rest) {
    try {
      if (length > tail.room()) {
        roll();
      }
      int offset = tail.append(length, nextSequence, durable, type, more, head, rest);
      nextSequence++;
      if (!more) {
        lastGroupEnd = nextSequence - 1;
      }
      if (tail.end() > tail.segment().size() / 4) {
        prepared.keepOneReady();
      }
      return tail.segment().position(offset);
    } catch (IOException e) {
      throw fail("appending to " + tail.segment().fileName(), e);
    }
  }

  void write() {
    checkHealthy();
    try {
      tail.write();
    } catch (IOException e) {
      throw fail("writing to " + tail.segment().fileName(), e);
    }
  }

  /**
   * Forces all that is written, older files first; only when all are forced is anything in them
   * durable.
   */
  void force() {
    checkHealthy();
    Segment forcing = tail.segment();
    try {
      if (!unforced.isEmpty()) {
        for (Segment segment : unforced) {
          forcing = segment;
          files.of(segment).force(false);
          files.unpin(segment);
        }
        unforced.clear();
      }
      forcing = tail.segment();
      if (tail.unforced()) {
        tail.force();
      }
    } catch (IOException e) {
      throw fail("forcing " + forcing.fileName(), e);
    }
    durable = lastGroupEnd;
  }

  /**
   * Begins to force all that is written: {@link #runForce} must follow, on whatever thread, and
   * then {@link #endForce}. Meanwhile more may be appended and written, which it does not cover.
   */
  void beginForce() {
    checkHealthy();
    try {
      for (Segment segment : unforced) {
        forcing.add(segment);
        forcingFiles.add(files.of(segment));
      }
      unforced.clear();
      if (tail.unforced()) {
        forcingFiles.add(tail.beginForce());
      }
    } catch (IOException e) {
      throw fail("forcing " + tail.segment().fileName(), e);
    }
    forcedUpTo = lastGroupEnd;
    forceRuns = true;
  }

  /** Forces what {@link #beginForce} found, older files first. Touches nothing else. */
  void runForce() {
    try {
      for (int i = 0; i < forcingFiles.size(); i++) {
        force(forcingFiles.get(i));
      }
    } catch (IOException e) {
      fail("forcing the end of the journal", e);
    }
  }

  private static void force(StorageFile file) throws IOException {
    file.force(false);
  }

  /** What was forced is durable, unless the force has failed. */
  void endForce() {
    forceRuns = false;
    checkHealthy();
    try {
      for (Segment segment : forcing) {
        files.unpin(segment);
      }
    } catch (IOException e) {
      throw fail("closing a file that was forced", e);
    }
    forcing.clear();
    forcingFiles.clear();
    durable = Math.max(durable, forcedUpTo);
  }

  private void roll() throws IOException {
    tail.write();
    Prepared next = prepared.next();
    Segment full = tail.segment();
    full.seal();
    // While it is being forced it stays open, and what was written meanwhile is forced once more.
    boolean pending = tail.unforced() || forceRuns;
    if (pending && policy != ForcePolicy.NEVER) {
      unforced.add(full);
    }
    if (!pending || policy != ForcePolicy.FORCE) {
      files.unpin(full);
    }
    segments.add(next.segment());
    files.pin(next.segment(), next.file());
    tail.moveTo(next.segment(), next.file());
  }

  private StorageFailed fail(String doing, IOException e) {
    StorageFailed failed =
        new StorageFailed(
            storage.describe()
                + ": "
                + doing
                + " failed: "
                + e
                + (e.getCause() == null ? "" : " (" + e.getCause() + ")")
                + ". Nothing more is written. Check the disk, then start again: what survived is read from it.",
            e);
    failure = failed;
    return failed;
  }
}
