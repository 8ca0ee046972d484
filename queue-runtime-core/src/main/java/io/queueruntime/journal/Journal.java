package io.queueruntime.journal;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.journal.PreparedSegments.Prepared;
import io.queueruntime.storage.MemoryStorage;
import io.queueruntime.storage.NioStorage;
import io.queueruntime.storage.Storage;
import io.queueruntime.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * An append-only log of records in segment files, with snapshots. Knows nothing of what the records
 * mean.
 *
 * <p>A position is {@code segment number << 32 | offset of the record} and never negative. Records
 * have a sequence that goes up by one for each. Records appended with {@code more} belong to a
 * group that ends with the first one without it: recovery sees all of a group or nothing.
 *
 * <p>Segments are filled with zeros by the background before they are used, so that forcing an
 * append changes nothing but bytes. With {@code Runnable::run} for a background everything happens
 * in the caller, one after the other.
 *
 * <p>Confined to its owner thread, except where a method says otherwise. Every method throws {@code
 * QueueRuntimeException.StorageFailed} when the disk fails; after a failed write or force the
 * journal has failed for good: nothing can be appended or flushed any more, and only a reopen,
 * which reads the disk, tells what survived.
 */
public final class Journal implements AutoCloseable {

  private static final SecureRandom RANDOM = new SecureRandom();

  private final Storage storage;
  private final JournalOptions options;
  private final Executor background;
  private final Segments segments = new Segments();
  private final SegmentFiles files;
  private final Removals removals;
  private @Nullable Running running;
  private boolean recovering;
  private boolean closed;
  private boolean reclaim;
  private long reclaimedDurable;
  private int reclaimedTail;

  /** What there is once the directory was read. */
  private record Running(
      Appender appender, PreparedSegments prepared, Snapshots snapshots, Lookup lookup) {}

  private Journal(Storage storage, JournalOptions options, Executor background) {
    this.storage = storage;
    this.options = options;
    this.background = background;
    this.files = new SegmentFiles(storage);
    this.removals = new Removals(storage, background);
  }

  /**
   * Opens the journal in that storage, or starts one. {@link #recover} must follow before anything
   * else.
   */
  public static Journal open(Storage storage, JournalOptions options, Executor background) {
    return new Journal(storage, options, background);
  }

  /** Opens the journal in that directory, as {@link #open} on its {@code NioStorage} does. */
  public static Journal inDirectory(Path directory, JournalOptions options, Executor background) {
    return open(NioStorage.open(directory), options, background);
  }

  /**
   * A journal that keeps nothing on disk and forgets all when it is closed: policy {@link
   * ForcePolicy#NEVER}, no background. It may be used at once; recovering it does nothing.
   */
  public static Journal inMemory(int segmentSize) {
    Journal journal =
        open(
            new MemoryStorage(),
            new JournalOptions(segmentSize, ForcePolicy.NEVER, 1),
            Runnable::run);
    journal.begin(Recovered.nothing(RANDOM.nextLong()));
    return journal;
  }

  /** Largest payload of one record, in bytes. */
  public int maxPayloadSize() {
    return options.segmentSize() - SegmentHeader.SIZE - RecordFrame.SIZE;
  }

  /**
   * Reads the newest whole snapshot and every record after it; cuts a torn tail. Called once,
   * first.
   */
  public void recover(RecoveryVisitor visitor) {
    if (running != null && !isRecoverable() && running.appender.nextSequence() == 1) {
      return;
    }
    if (closed || recovering || running != null) {
      throw new IllegalStateException("A journal is recovered once, before anything else.");
    }
    recovering = true;
    try {
      begin(read(visitor));
    } finally {
      recovering = false;
    }
  }

  private Recovered read(RecoveryVisitor visitor) {
    DirectoryContent content = new DirectoryContent(storage, segments, RANDOM.nextLong());
    try {
      if (!isRecoverable()) {
        content.checkEmpty();
        return Recovered.nothing(RANDOM.nextLong());
      }
      content.load();
      return new Recovery(storage, options, segments, files, content).run(visitor);
    } catch (IOException e) {
      throw new StorageFailed(
          storage.describe()
              + ": the journal cannot be read: "
              + e
              + ". Check the disk, and its permissions.",
          e);
    }
  }

  private void begin(Recovered recovered) {
    int salt = DirectoryContent.salt(recovered.directoryId());
    Segment tail = recovered.tail();
    PreparedSegments prepared =
        new PreparedSegments(
            storage,
            background,
            options.segmentSize(),
            recovered.directoryId(),
            tail == null ? 1 : tail.number() + 1,
            isRecoverable());
    StorageFile file;
    try {
      for (Segment segment : recovered.blank()) {
        prepared.add(new Prepared(segment, storage.open(segment.fileName())));
      }
      if (tail == null) {
        Prepared first = prepared.next();
        tail = first.segment();
        file = first.file();
        segments.add(tail);
      } else {
        file = files.of(tail);
      }
    } catch (IOException e) {
      throw new StorageFailed(
          storage.describe()
              + ": the journal cannot be started: "
              + e
              + (e.getCause() == null ? "" : " (" + e.getCause() + ")")
              + ". A segment takes "
              + options.segmentSize()
              + " bytes: free some space, or check the disk.",
          e);
    }
    files.pin(tail, file);
    for (Segment segment : segments.all()) {
      segment.releasedUpTo(recovered.nextSequence() - 1);
    }
    Tail end = new Tail(salt, tail, file, recovered.unforced().contains(tail));
    running =
        new Running(
            new Appender(storage, options.forcePolicy(), segments, files, prepared, end, recovered),
            prepared,
            new Snapshots(storage, background, options.snapshotsKept(), recovered),
            new Lookup(storage, segments, files, end, salt));
    reclaim = true;
  }

  /** Sequence of the next record; that of the first record ever is 1. */
  public long nextSequence() {
    return open().appender.nextSequence();
  }

  /**
   * Whether so many more bytes of payload, in so many records, can be appended without disk space
   * that is not there. False when the disk is full; may become true again.
   *
   * <p>Counts from now: a later call knows nothing of what an earlier one asked for and was not
   * appended yet. Waits for the background while that makes the space; once that has failed, it
   * does not wait any more but lets the background try again, and a later call tells.
   */
  public boolean reserve(long payloadBytes, int records) {
    Running open = healthy();
    long bytes = payloadBytes + (long) records * RecordFrame.SIZE;
    if (bytes <= open.appender.tail().room() || !isRecoverable()) {
      return true;
    }
    // Records of so many bytes in all, each put where the one before ends or, if it does not fit,
    // into the next
    // segment: two segments that follow each other then hold more than one segment's worth.
    long capacity = (long) options.segmentSize() - SegmentHeader.SIZE;
    return open.prepared.ensure(
        bytes <= capacity ? 1 : 2 * ((bytes + capacity - 1) / capacity) - 1);
  }

  /**
   * Adds a record whose payload is head then tail, both read to their limits; returns its position.
   * Not durable before {@link #flush}. To be called after {@link #reserve}: where there turns out
   * to be no space, the journal has failed.
   */
  public long append(byte type, boolean more, ByteBuffer head, @Nullable ByteBuffer tail) {
    Running open = healthy();
    long payload = (long) head.remaining() + (tail == null ? 0 : tail.remaining());
    if (payload > maxPayloadSize()) {
      throw new IllegalArgumentException(
          "A record has at most " + maxPayloadSize() + " bytes of payload, found " + payload + ".");
    }
    int length = RecordFrame.SIZE + (int) payload;
    long position = open.appender.append(type, more, length, head, tail);
    open.snapshots.appended(length);
    return position;
  }

  /**
   * Writes what was appended and, when {@code durable} and the policy says so, forces it. Does
   * nothing when there is nothing to do.
   */
  public void flush(boolean durable) {
    Running open = healthy();
    if (isRecoverable()) {
      open.appender.write();
      if (durable && options.forcePolicy() == ForcePolicy.FORCE) {
        open.appender.force();
      }
    }
  }

  /**
   * Writes what was appended and begins to force it: {@link #runForce} must follow, on whatever
   * thread, and then {@link #endForce}; meanwhile the owner may append, write and read, and nothing
   * else. False where nothing is forced.
   */
  public boolean beginForce() {
    Running open = healthy();
    if (options.forcePolicy() != ForcePolicy.FORCE) {
      return false;
    }
    open.appender.write();
    open.appender.beginForce();
    return true;
  }

  /** Forces what {@link #beginForce} found. Whether it succeeded is known at the end. */
  public void runForce() {
    open().appender.runForce();
  }

  /** What was forced is durable from now on; throws when it could not be. */
  public void endForce() {
    open().appender.endForce();
  }

  /** Whether {@link #beginForce} would begin anything. */
  public boolean forces() {
    return options.forcePolicy() == ForcePolicy.FORCE;
  }

  /**
   * The payload of the record at that position, checked; also of a record that is not flushed yet.
   * The buffer is the caller's own.
   */
  public ByteBuffer read(long position) {
    return open().lookup.read(position);
  }

  /**
   * Says that the record at that position, of so many payload bytes, is needed from now on.
   *
   * <p>During {@link #recover} the record's segment may be gone already, when a snapshot still
   * speaks of it; then it has to be released before the end of the recovery.
   */
  public void retain(long position, int payloadBytes) {
    int number = Segment.number(position);
    Segment segment = segments.find(number);
    if (segment == null) {
      if (!recovering) {
        throw open().lookup.gone(position);
      }
      segment = Segment.missing(number);
      segments.add(segment);
    }
    segment.retain(RecordFrame.SIZE + (long) payloadBytes);
  }

  /** Says that the record at that position is needed no more. */
  public void release(long position, int payloadBytes) {
    int number = Segment.number(position);
    Segment segment = segments.find(number);
    if (segment == null) {
      throw new IllegalStateException(
          FileNames.segment(number) + " is gone: nothing in it was retained.");
    }
    segment.release(
        RecordFrame.SIZE + (long) payloadBytes,
        running == null ? 0 : running.appender.nextSequence() - 1);
    reclaim |= segment.liveBytes() == 0;
  }

  /**
   * Starts a snapshot that covers every record appended so far. At most one at a time, and not
   * inside a group.
   */
  public SnapshotWriter startSnapshot() {
    Running open = healthy();
    if (!isRecoverable()) {
      throw new IllegalStateException("A journal that never forces has no snapshots.");
    }
    checkBetweenGroups(open);
    collectSnapshot(open);
    return open.snapshots.start(open.appender.nextSequence(), this::forceForSnapshot);
  }

  private long forceForSnapshot() {
    Running open = healthy();
    checkBetweenGroups(open);
    open.appender.write();
    open.appender.force();
    return open.appender.durable();
  }

  /** Whether a snapshot is started, or still being written in the background. */
  public boolean snapshotRunning() {
    return open().snapshots.running();
  }

  /** Records appended since the last finished snapshot was started. */
  public long recordsSinceSnapshot() {
    return open().snapshots.recordsSince();
  }

  /** Bytes appended since the last finished snapshot was started. */
  public long bytesSinceSnapshot() {
    return open().snapshots.bytesSince();
  }

  /**
   * How many snapshots were dropped because the disk failed or was full, as far as {@link
   * #housekeep} has seen.
   */
  public long snapshotFailures() {
    return open().snapshots.failures();
  }

  /**
   * What last went wrong in the background, as long as it was not done since: writing a snapshot,
   * preparing a segment, deleting a file. The journal goes on; with a full disk it cannot reserve.
   */
  public Optional<Throwable> backgroundFailure() {
    Running open = open();
    Throwable found = open.snapshots.failure();
    found = found == null ? open.prepared.failure() : found;
    return Optional.ofNullable(found == null ? removals.failure() : found);
  }

  /**
   * Takes in what the background has finished; deletes segments and snapshots that nothing needs.
   * Cheap when there is nothing to do.
   */
  public void housekeep() {
    Running open = open();
    if (open.appender.hasFailed()) {
      return;
    }
    open.prepared.collect();
    collectSnapshot(open);
    long durable = open.appender.durable();
    int tail = open.appender.tail().segment().number();
    if (reclaim || reclaimedDurable != durable || reclaimedTail != tail) {
      reclaim = false;
      reclaimedDurable = durable;
      reclaimedTail = tail;
      reclaimer(open).deletable(segments).forEach(this::remove);
    }
    removals.proceed();
  }

  /**
   * A sealed segment covered by every kept snapshot of which less than half is needed: the emptiest
   * one.
   */
  public OptionalInt segmentToClean() {
    Segment emptiest = reclaimer(open()).emptiest(segments);
    return emptiest == null ? OptionalInt.empty() : OptionalInt.of(emptiest.number());
  }

  /**
   * Visits the records of a sealed segment from an offset on, at most so many; returns the offset
   * to go on from, or -1 at the end. 0 starts.
   */
  public long scan(int segment, long offset, int maxRecords, RecordVisitor visitor) {
    return open().lookup.scan(segment, offset, maxRecords, visitor);
  }

  /** Bytes the segments and snapshots take on disk. */
  public long sizeOnDisk() {
    Running open = open();
    return segments.sizeOnDisk() + open.prepared.sizeOnDisk() + open.snapshots.sizeOnDisk();
  }

  /** Flushes, waits for the background, closes the files and gives up the storage. Idempotent. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    Running open = running;
    try {
      if (open != null && !open.appender.hasFailed()) {
        flush(true);
      }
    } finally {
      closed = true;
      try {
        closeFiles(open);
      } finally {
        storage.close();
      }
    }
  }

  private void closeFiles(@Nullable Running open) {
    try {
      if (open != null) {
        open.snapshots.await();
        removals.await();
        open.prepared.close();
      }
      files.close();
      if (open != null && !isRecoverable()) {
        for (Segment segment : segments.all()) {
          storage.delete(segment.fileName());
        }
      }
    } catch (IOException e) {
      throw new StorageFailed(storage.describe() + ": the files cannot be closed: " + e, e);
    }
  }

  private void collectSnapshot(Running open) {
    long covered = open.snapshots.covered();
    List<String> superfluous = open.snapshots.collect();
    if (!superfluous.isEmpty()) {
      superfluous.forEach(removals::add);
    }
    reclaim |= covered != open.snapshots.covered();
  }

  private void remove(Segment segment) {
    segments.remove(segment);
    try {
      files.close(segment);
    } catch (IOException e) {
      // Nothing in it is needed.
    }
    removals.add(segment.fileName());
  }

  private Reclaimer reclaimer(Running open) {
    return new Reclaimer(open.snapshots.covered(), open.appender.durable(), isRecoverable());
  }

  private boolean isRecoverable() {
    return options.forcePolicy() != ForcePolicy.NEVER;
  }

  private static void checkBetweenGroups(Running open) {
    if (open.appender.isInsideGroup()) {
      throw new IllegalStateException("A snapshot neither starts nor ends inside a group.");
    }
  }

  private Running open() {
    if (closed || running == null) {
      throw new IllegalStateException(
          closed ? "The journal is closed." : "The journal was not recovered yet.");
    }
    return running;
  }

  private Running healthy() {
    Running open = open();
    open.appender.checkHealthy();
    return open;
  }
}
