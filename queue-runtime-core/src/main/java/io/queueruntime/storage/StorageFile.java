package io.queueruntime.storage;

import java.io.IOException;
import java.nio.ByteBuffer;

/** One file of a {@link Storage}. Positions and sizes are in bytes. */
public interface StorageFile extends AutoCloseable {

  long size() throws IOException;

  /**
   * Writes all that remains in the buffer at that position, growing the file where needed. Not
   * atomic.
   */
  void write(ByteBuffer source, long position) throws IOException;

  /** Reads until the buffer is full or the file ends; returns how many bytes, 0 at the end. */
  int read(ByteBuffer target, long position) throws IOException;

  void truncate(long size) throws IOException;

  /** Makes what was written durable; with {@code metadata} the file's size too. */
  void force(boolean metadata) throws IOException;

  @Override
  void close() throws IOException;
}
