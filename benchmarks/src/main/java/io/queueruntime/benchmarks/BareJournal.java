package io.queueruntime.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The least a durable queue must do, and nothing else: records with a length and a checksum in a
 * file that was laid out before, written and forced in groups. No order, no locks, no recovery:
 * what the disk and the processor allow.
 *
 * <p>Implementations are thread-safe.
 */
interface BareJournal extends AutoCloseable {

  int HEADER = 16;

  /** Adds a record; returns when it is as durable as the cell asks for. */
  void append(byte[] body, int length) throws Exception;

  @Override
  void close() throws Exception;

  /** Where the groups of a bare journal go. Confined to one thread at a time. */
  interface Space extends AutoCloseable {

    /** Writes and forces one group. */
    void write(ByteBuffer group) throws IOException;

    @Override
    void close() throws IOException;
  }

  /** One file: groups go one after the other, from the start again when it is full. */
  final class Region implements Space {

    private static final long SIZE = 256L * 1024 * 1024;

    private final FileChannel file;
    private final boolean forced;
    private final boolean written;
    private long position;

    Region(Path path, String durability) throws IOException {
      forced = durability.equals("fsync");
      written = !durability.equals("memory");
      file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      if (written) {
        ByteBuffer zeros = ByteBuffer.allocateDirect(1024 * 1024);
        for (long at = 0; at < SIZE; at += zeros.capacity()) {
          file.write(zeros.clear(), at);
        }
        file.force(true);
      }
    }

    @Override
    public void write(ByteBuffer group) throws IOException {
      if (position + group.remaining() > SIZE) {
        position = 0;
      }
      while (written && group.hasRemaining()) {
        position += file.write(group, position);
      }
      if (forced) {
        file.force(false);
      }
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
