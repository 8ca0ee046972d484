package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.journal.Journal;
import io.queueruntime.journal.RecordVisitor;
import io.queueruntime.journal.RecoveryVisitor;
import io.queueruntime.journal.SnapshotWriter;
import java.nio.ByteBuffer;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The journal, and what takes its place when its disk fails and the engine was told to go on in
 * memory.
 *
 * <p>Positions in the second one carry a mark, so that what was written before is still read from
 * the first. Confined to the engine thread.
 */
final class RecordStore implements EngineState.RecordUse, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(RecordStore.class);
  private static final long IN_SECOND = 1L << 62;

  private final Journal first;
  private final @Nullable Supplier<Journal> replacement;
  private final boolean recoverable;
  private @Nullable Journal second;
  private long live;
  private volatile @Nullable StorageFailed failure;

  /**
   * @param replacement makes the journal to go on with when this one fails; null: then nothing goes
   *     on
   * @param recoverable whether anything can be read back after a restart
   */
  RecordStore(Journal journal, @Nullable Supplier<Journal> replacement, boolean recoverable) {
    this.first = journal;
    this.replacement = replacement;
    this.recoverable = recoverable;
  }

  /** Why nothing is durable any more, if so. Thread-safe. */
  @Nullable StorageFailed failure() {
    return failure;
  }

  /**
   * Throws when the journal has failed and nothing took its place: then nothing may be acknowledged
   * any more.
   */
  void requireWorking() {
    StorageFailed failed = failure;
    if (failed != null && second == null) {
      throw failed;
    }
  }

  /** Whether what is written now can be read back after a restart. */
  boolean isRecoverable() {
    return recoverable && second == null;
  }

  int maxPayloadSize() {
    return first.maxPayloadSize();
  }

  void recover(RecoveryVisitor visitor) {
    first.recover(visitor);
  }

  boolean reserve(long payloadBytes, int records) {
    return active().reserve(payloadBytes, records);
  }

  long append(byte type, boolean more, ByteBuffer payload) {
    int start = payload.position();
    int end = payload.limit();
    try {
      return mark(active().append(type, more, payload, null));
    } catch (StorageFailed failed) {
      goOnInMemory(failed);
      // A large record goes through in pieces, so the failed attempt may have taken some of it.
      payload.limit(end).position(start);
      return mark(active().append(type, more, payload, null));
    }
  }

  void flush(boolean durable) {
    try {
      active().flush(durable);
    } catch (StorageFailed failed) {
      goOnInMemory(failed);
    }
  }

  /** Whether there is a disk to be forced, while others may go on. */
  boolean forces() {
    return second == null && first.forces();
  }

  /** As {@code Journal.beginForce} does; false where nothing is forced. */
  boolean beginForce() {
    try {
      return active().beginForce();
    } catch (StorageFailed failed) {
      goOnInMemory(failed);
      return false;
    }
  }

  /** Forces what was found; on whatever thread. */
  void runForce() {
    first.runForce();
  }

  void endForce() {
    if (second != null) {
      return;
    }
    try {
      first.endForce();
    } catch (StorageFailed failed) {
      goOnInMemory(failed);
    }
  }

  ByteBuffer read(long position) {
    return journalOf(position).read(position & ~IN_SECOND);
  }

  /** How many records are needed: one for each message there is. */
  long live() {
    return live;
  }

  @Override
  public void retain(long position, int size) {
    live++;
    journalOf(position).retain(position & ~IN_SECOND, size);
  }

  @Override
  public void release(long position, int size) {
    live--;
    journalOf(position).release(position & ~IN_SECOND, size);
  }

  SnapshotWriter startSnapshot() {
    return first.startSnapshot();
  }

  boolean snapshotRunning() {
    return first.snapshotRunning();
  }

  long snapshotFailures() {
    return first.snapshotFailures();
  }

  /** What last went wrong in the background, if it was not done since. */
  @Nullable Throwable backgroundFailure() {
    return first.backgroundFailure().orElse(null);
  }

  long recordsSinceSnapshot() {
    return first.recordsSinceSnapshot();
  }

  void housekeep() {
    active().housekeep();
  }

  OptionalInt segmentToClean() {
    return active().segmentToClean();
  }

  long scan(int segment, long offset, int maxRecords, RecordVisitor visitor) {
    return active()
        .scan(
            segment,
            offset,
            maxRecords,
            (type, position, payload) -> visitor.record(type, mark(position), payload));
  }

  @Override
  public void close() {
    if (second != null) {
      second.close();
    }
    try {
      first.close();
    } catch (StorageFailed failed) {
      // Known already and told to everybody who asked; the directory is given up all the same.
      if (failure == null) {
        failure = failed;
        throw failed;
      }
    }
  }

  private Journal active() {
    return second != null ? second : first;
  }

  private Journal journalOf(long position) {
    return second != null && (position & IN_SECOND) != 0 ? second : first;
  }

  private long mark(long position) {
    return second != null ? position | IN_SECOND : position;
  }

  private void goOnInMemory(StorageFailed why) {
    if (failure == null) {
      failure = why;
    }
    if (replacement == null || second != null) {
      throw why;
    }
    log.error(
        "The journal failed and nothing is durable from now on; work goes on in memory as configured.",
        why);
    second = replacement.get();
  }
}
