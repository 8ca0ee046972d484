package io.queueruntime.journal;

import java.nio.ByteBuffer;

/**
 * Takes what survived: first the chunks of a snapshot, if there is one, then the records after it,
 * in order.
 */
public interface RecoveryVisitor extends RecordVisitor {

  /** One chunk, as it was given to {@link SnapshotWriter#add}. Valid only during the call. */
  void snapshotChunk(ByteBuffer chunk);
}
