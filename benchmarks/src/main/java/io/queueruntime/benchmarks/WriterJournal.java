package io.queueruntime.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** A bare journal with a thread of its own, which writes for all callers that wait. Thread-safe. */
final class WriterJournal implements BareJournal {

  private static final int BUFFER = 8 * 1024 * 1024;

  private final Region region;
  private final ConcurrentLinkedQueue<Entry> waiting = new ConcurrentLinkedQueue<>();
  private final Thread writer = new Thread(this::write, "bare-journal");
  private volatile boolean parked;
  private volatile boolean closed;

  private static final class Entry {
    final byte[] body;
    final int length;
    final int checksum;
    final Thread caller = Thread.currentThread();
    final @Nullable Runnable then;
    volatile boolean done;

    Entry(byte[] body, int length, int checksum, @Nullable Runnable then) {
      this.body = body;
      this.length = length;
      this.checksum = checksum;
      this.then = then;
    }

    void written() {
      if (then != null) {
        then.run();
      } else {
        done = true;
        LockSupport.unpark(caller);
      }
    }
  }

  WriterJournal(Region region) {
    this.region = region;
    writer.start();
  }

  @Override
  public void append(byte[] body, int length) {
    Entry entry = add(body, length, null);
    while (!entry.done) {
      if (closed) {
        throw new IllegalStateException("The journal was closed, or its disk failed.");
      }
      LockSupport.park(this);
    }
  }

  /** Adds a record; the writer calls back when it is as durable as the cell asks for. */
  void append(byte[] body, int length, Runnable then) {
    if (closed) {
      throw new IllegalStateException("The journal was closed, or its disk failed.");
    }
    add(body, length, then);
  }

  private Entry add(byte[] body, int length, @Nullable Runnable then) {
    CRC32C crc = new CRC32C();
    crc.update(body, 0, length);
    Entry entry = new Entry(body, length, (int) crc.getValue(), then);
    waiting.add(entry);
    if (parked) {
      LockSupport.unpark(writer);
    }
    return entry;
  }

  private void write() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
    List<Entry> group = new ArrayList<>();
    try {
      while (!closed) {
        for (Entry entry = waiting.poll(); entry != null; entry = waiting.poll()) {
          buffer
              .putInt(entry.length)
              .putInt(entry.checksum)
              .putLong(group.size())
              .put(entry.body, 0, entry.length);
          group.add(entry);
        }
        if (group.isEmpty()) {
          parked = true;
          if (waiting.isEmpty() && !closed) {
            LockSupport.park(this);
          }
          parked = false;
        } else {
          region.write(buffer.flip());
          buffer.clear();
          for (Entry entry : group) {
            entry.written();
          }
          group.clear();
        }
      }
    } catch (IOException e) {
      closed = true;
      for (Entry entry : group) {
        LockSupport.unpark(entry.caller);
      }
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    closed = true;
    LockSupport.unpark(writer);
    writer.join();
    region.close();
  }
}
