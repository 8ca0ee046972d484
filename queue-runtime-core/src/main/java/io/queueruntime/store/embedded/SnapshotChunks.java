package io.queueruntime.store.embedded;

import io.queueruntime.journal.SnapshotWriter;
import java.nio.ByteBuffer;

/**
 * Puts changes into the chunks of a snapshot, each behind its length.
 *
 * <p>Confined to the store's thread.
 */
final class SnapshotChunks {

  private final SnapshotWriter to;
  private ByteBuffer chunk;

  SnapshotChunks(SnapshotWriter to, int chunkBytes) {
    this.to = to;
    this.chunk = ByteBuffer.allocate(chunkBytes);
  }

  void add(Change change) {
    byte[] bytes = ChangeCodec.encode(change);
    int needed = Integer.BYTES + bytes.length;
    if (needed > chunk.remaining()) {
      end();
    }
    if (needed > chunk.capacity()) {
      chunk = ByteBuffer.allocate(needed);
    }
    chunk.putInt(bytes.length).put(bytes);
  }

  /** Hands out what is not handed out yet. */
  void end() {
    if (chunk.position() > 0) {
      to.add(chunk.flip());
      chunk.clear();
    }
  }

  /** Applies what a chunk holds. */
  static void read(ByteBuffer chunk, StoreState to) {
    while (chunk.hasRemaining()) {
      int length = chunk.getInt();
      to.apply(ChangeCodec.decode(chunk.slice(chunk.position(), length)));
      chunk.position(chunk.position() + length);
    }
  }
}
