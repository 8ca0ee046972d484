package io.queueruntime.journal;

import java.nio.ByteBuffer;

/**
 * One snapshot in the making. Started by {@link Journal#startSnapshot()}.
 *
 * <p>The snapshot covers every record before the moment it was started. Chunks may be added over
 * any time while records go on being appended; recovery replays everything since the start on top,
 * so whoever adds chunks must make sure that replaying a record whose effect a chunk already shows
 * changes nothing in the end (a fuzzy checkpoint, as in ARIES).
 *
 * <p>Confined to the journal's owner thread.
 */
public interface SnapshotWriter {

  /** Adds one chunk; the bytes are copied. */
  void add(ByteBuffer chunk);

  /**
   * Ends the snapshot: forces the journal first, so that no state is saved whose records could
   * still be lost, then writes aside, forces, renames and forces the directory on the background
   * executor. Until that is done {@link Journal#snapshotRunning()} is true.
   */
  void commit();

  /** Drops what was added. */
  void abort();
}
