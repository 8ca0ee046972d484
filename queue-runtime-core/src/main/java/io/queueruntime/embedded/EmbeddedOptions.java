package io.queueruntime.embedded;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.engine.EngineOptions;
import io.queueruntime.engine.EngineTime;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the embedded provider keeps its queues, and what it promises about them.
 *
 * <p>Start from {@link #in} or {@link #inMemory} and change what differs. Immutable.
 *
 * @param directory where the journal is; {@code null} when nothing is durable
 * @param durability what an acknowledgement promises
 * @param capacity messages a queue holds before senders are held back, for queues whose own options
 *     name no limit; 0: no limit
 * @param segmentSize size of a journal segment, in bytes
 * @param snapshotInterval longest time between snapshots while there is work
 * @param snapshotEvery records between snapshots
 * @param snapshotsKept snapshots that stay on disk, at least 1
 * @param onStorageFailure what happens after the disk failed
 * @param maxMessageSize largest stored message of any queue, in bytes
 * @param sendTimeout how long a send waits for room in a full queue; 20 s where nothing is said
 * @param wall what schedules and times to live go by, and what users are shown
 * @param ticker nanoseconds that only go forward: what locks and waits go by
 */
public record EmbeddedOptions(
    @Nullable Path directory,
    Durability durability,
    long capacity,
    int segmentSize,
    Duration snapshotInterval,
    long snapshotEvery,
    int snapshotsKept,
    OnStorageFailure onStorageFailure,
    long maxMessageSize,
    Duration sendTimeout,
    InstantSource wall,
    LongSupplier ticker) {

  /** Less than a template waits for its provider, so that senders learn that the queue is full. */
  private static final Duration SEND_TIMEOUT = Duration.ofSeconds(20);

  /** What an acknowledgement promises. */
  public enum Durability {
    /** Forced to the disk: survives power loss. */
    FSYNC,
    /** Handed to the operating system: survives the end of the process, not of the machine. */
    OS,
    /** Kept in memory only; no files. */
    MEMORY
  }

  /** What happens after the disk failed. */
  public enum OnStorageFailure {
    /** Every later call fails; a restart reads what survived. */
    FAIL,
    /** Work goes on in memory, nothing of it survives a restart, and the provider says so. */
    DEGRADE
  }

  public EmbeddedOptions {
    if (directory == null && durability != Durability.MEMORY) {
      throw new ConfigurationInvalid(
          null,
          "queue-runtime.embedded.directory is missing; durability " + durability + " needs one.");
    }
    atLeast("queue-runtime.embedded.capacity", 0, capacity);
    atLeast("queue-runtime.embedded.segment-size", 1, segmentSize);
    atLeast("queue-runtime.embedded.snapshot.every", 1, snapshotEvery);
    atLeast("queue-runtime.embedded.snapshot.keep", 1, snapshotsKept);
    atLeast("The maxMessageSize of EmbeddedOptions", 1, maxMessageSize);
    if (snapshotInterval.isZero() || snapshotInterval.isNegative()) {
      throw new ConfigurationInvalid(
          null,
          "queue-runtime.embedded.snapshot.interval is more than zero, found "
              + snapshotInterval
              + ".");
    }
    if (sendTimeout.isNegative()) {
      throw new ConfigurationInvalid(
          null, "The sendTimeout of EmbeddedOptions is not negative, found " + sendTimeout + ".");
    }
  }

  private static void atLeast(String property, long least, long found) {
    if (found < least) {
      throw new ConfigurationInvalid(
          null, "%s is at least %d, found %d.".formatted(property, least, found));
    }
  }

  /**
   * Durable in that directory: forced to the disk, 64 MB segments, no capacity limit, the machine's
   * clocks.
   */
  public static EmbeddedOptions in(Path directory) {
    return from(EngineOptions.in(directory));
  }

  /** Nothing is durable and nothing is written. */
  public static EmbeddedOptions inMemory() {
    return from(EngineOptions.inMemory());
  }

  private static EmbeddedOptions from(EngineOptions engine) {
    return new EmbeddedOptions(
        engine.directory(),
        Durability.valueOf(engine.durability().name()),
        0,
        engine.segmentSize(),
        engine.snapshotInterval(),
        engine.snapshotEvery(),
        engine.snapshotsKept(),
        OnStorageFailure.valueOf(engine.onStorageFailure().name()),
        engine.maxMessageSize(),
        SEND_TIMEOUT,
        engine.time().wall(),
        engine.time().ticker());
  }

  EngineOptions toEngine() {
    return new EngineOptions(
        durability == Durability.MEMORY ? null : directory,
        io.queueruntime.engine.Durability.valueOf(durability.name()),
        segmentSize,
        snapshotInterval,
        snapshotEvery,
        snapshotsKept,
        EngineOptions.OnStorageFailure.valueOf(onStorageFailure.name()),
        maxMessageSize,
        sendTimeout,
        new EngineTime(wall, ticker));
  }

  public EmbeddedOptions withDirectory(@Nullable Path value) {
    return new EmbeddedOptions(
        value,
        durability,
        capacity,
        segmentSize,
        snapshotInterval,
        snapshotEvery,
        snapshotsKept,
        onStorageFailure,
        maxMessageSize,
        sendTimeout,
        wall,
        ticker);
  }

  public EmbeddedOptions withDurability(Durability value) {
    return new EmbeddedOptions(
        directory,
        value,
        capacity,
        segmentSize,
        snapshotInterval,
        snapshotEvery,
        snapshotsKept,
        onStorageFailure,
        maxMessageSize,
        sendTimeout,
        wall,
        ticker);
  }

  public EmbeddedOptions withCapacity(long value) {
    return new EmbeddedOptions(
        directory,
        durability,
        value,
        segmentSize,
        snapshotInterval,
        snapshotEvery,
        snapshotsKept,
        onStorageFailure,
        maxMessageSize,
        sendTimeout,
        wall,
        ticker);
  }

  public EmbeddedOptions withSegmentSize(int value) {
    return new EmbeddedOptions(
        directory,
        durability,
        capacity,
        value,
        snapshotInterval,
        snapshotEvery,
        snapshotsKept,
        onStorageFailure,
        maxMessageSize,
        sendTimeout,
        wall,
        ticker);
  }

  public EmbeddedOptions withSnapshots(Duration interval, long every, int kept) {
    return new EmbeddedOptions(
        directory,
        durability,
        capacity,
        segmentSize,
        interval,
        every,
        kept,
        onStorageFailure,
        maxMessageSize,
        sendTimeout,
        wall,
        ticker);
  }

  public EmbeddedOptions withOnStorageFailure(OnStorageFailure value) {
    return new EmbeddedOptions(
        directory,
        durability,
        capacity,
        segmentSize,
        snapshotInterval,
        snapshotEvery,
        snapshotsKept,
        value,
        maxMessageSize,
        sendTimeout,
        wall,
        ticker);
  }

  public EmbeddedOptions withMaxMessageSize(long value) {
    return new EmbeddedOptions(
        directory,
        durability,
        capacity,
        segmentSize,
        snapshotInterval,
        snapshotEvery,
        snapshotsKept,
        onStorageFailure,
        value,
        sendTimeout,
        wall,
        ticker);
  }

  public EmbeddedOptions withSendTimeout(Duration value) {
    return new EmbeddedOptions(
        directory,
        durability,
        capacity,
        segmentSize,
        snapshotInterval,
        snapshotEvery,
        snapshotsKept,
        onStorageFailure,
        maxMessageSize,
        value,
        wall,
        ticker);
  }

  /** Other clocks: what a test moves by hand. */
  public EmbeddedOptions withTime(InstantSource wall, LongSupplier ticker) {
    return new EmbeddedOptions(
        directory,
        durability,
        capacity,
        segmentSize,
        snapshotInterval,
        snapshotEvery,
        snapshotsKept,
        onStorageFailure,
        maxMessageSize,
        sendTimeout,
        wall,
        ticker);
  }
}
