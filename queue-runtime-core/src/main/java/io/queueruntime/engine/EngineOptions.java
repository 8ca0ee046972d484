package io.queueruntime.engine;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How an engine keeps what it is given. Immutable.
 *
 * @param directory where the journal is; not looked at when nothing is durable
 * @param durability what an acknowledgement promises
 * @param segmentSize size of a journal segment, in bytes
 * @param snapshotInterval longest time between snapshots while there is work
 * @param snapshotEvery records between snapshots
 * @param snapshotsKept snapshots that stay on disk
 * @param onStorageFailure what happens after the disk failed
 * @param maxMessageSize largest stored message, in bytes
 * @param sendTimeout how long a send waits for room in a full queue
 * @param time its clocks
 */
public record EngineOptions(
    @Nullable Path directory,
    Durability durability,
    int segmentSize,
    Duration snapshotInterval,
    long snapshotEvery,
    int snapshotsKept,
    OnStorageFailure onStorageFailure,
    long maxMessageSize,
    Duration sendTimeout,
    EngineTime time) {

  /** What happens after the disk failed. */
  public enum OnStorageFailure {
    /** Every later call fails; a restart reads what survived. */
    FAIL,
    /** Work goes on in memory, nothing of it survives a restart, and it says so. */
    DEGRADE
  }

  /** Durable in that directory, with 64 MB segments and the machine's clocks. */
  public static EngineOptions in(Path directory) {
    return new EngineOptions(
        directory,
        Durability.FSYNC,
        64 * 1024 * 1024,
        Duration.ofSeconds(30),
        100_000,
        2,
        OnStorageFailure.FAIL,
        10 * 1024 * 1024,
        Duration.ofSeconds(30),
        EngineTime.SYSTEM);
  }

  /** Nothing is durable. */
  public static EngineOptions inMemory() {
    return in(Path.of(""))
        .withDirectory(null)
        .withDurability(Durability.MEMORY)
        .withSegmentSize(32 * 1024 * 1024);
  }

  public EngineOptions withDirectory(@Nullable Path value) {
    return new EngineOptions(
        value,
        durability,
        segmentSize,
        snapshotInterval,
        snapshotEvery,
        snapshotsKept,
        onStorageFailure,
        maxMessageSize,
        sendTimeout,
        time);
  }

  public EngineOptions withDurability(Durability value) {
    return new EngineOptions(
        directory,
        value,
        segmentSize,
        snapshotInterval,
        snapshotEvery,
        snapshotsKept,
        onStorageFailure,
        maxMessageSize,
        sendTimeout,
        time);
  }

  public EngineOptions withSegmentSize(int value) {
    return new EngineOptions(
        directory,
        durability,
        value,
        snapshotInterval,
        snapshotEvery,
        snapshotsKept,
        onStorageFailure,
        maxMessageSize,
        sendTimeout,
        time);
  }

  public EngineOptions withSnapshots(Duration interval, long every, int kept) {
    return new EngineOptions(
        directory,
        durability,
        segmentSize,
        interval,
        every,
        kept,
        onStorageFailure,
        maxMessageSize,
        sendTimeout,
        time);
  }

  public EngineOptions withOnStorageFailure(OnStorageFailure value) {
    return new EngineOptions(
        directory,
        durability,
        segmentSize,
        snapshotInterval,
        snapshotEvery,
        snapshotsKept,
        value,
        maxMessageSize,
        sendTimeout,
        time);
  }

  public EngineOptions withMaxMessageSize(long value) {
    return new EngineOptions(
        directory,
        durability,
        segmentSize,
        snapshotInterval,
        snapshotEvery,
        snapshotsKept,
        onStorageFailure,
        value,
        sendTimeout,
        time);
  }

  public EngineOptions withSendTimeout(Duration value) {
    return new EngineOptions(
        directory,
        durability,
        segmentSize,
        snapshotInterval,
        snapshotEvery,
        snapshotsKept,
        onStorageFailure,
        maxMessageSize,
        value,
        time);
  }

  public EngineOptions withTime(EngineTime value) {
    return new EngineOptions(
        directory,
        durability,
        segmentSize,
        snapshotInterval,
        snapshotEvery,
        snapshotsKept,
        onStorageFailure,
        maxMessageSize,
        sendTimeout,
        value);
  }
}
