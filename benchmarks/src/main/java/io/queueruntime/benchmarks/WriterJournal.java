package io.queueruntime.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A bare journal with a thread of its own, which writes for all callers that wait. Whoever does not
 * wait gets a future: what depends on it may take its time, so that a second thread completes the
 * futures, a group at a time. Thread-safe.
 */
final class WriterJournal implements BareJournal {

  private static final int BUFFER = 8 * 1024 * 1024;

  private final Space space;
  private final ConcurrentLinkedQueue<Entry> waiting = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Entry> durable = new ConcurrentLinkedQueue<>();
  private final Thread writer = new Thread(this::write, "bare-journal");
  private final Thread completer = new Thread(this::complete, "bare-journal-futures");
  private volatile boolean parked;
  private volatile boolean closed;

  private static final class Entry {
    final byte[] body;
    final int length;
    final int checksum;
    final Thread caller = Thread.currentThread();
    final @Nullable CompletableFuture<Void> future;
    volatile boolean done;

    Entry(byte[] body, int length, int checksum, @Nullable CompletableFuture<Void> future) {
      this.body = body;
      this.length = length;
      this.checksum = checksum;
      this.future = future;
    }
  }

  WriterJournal(Space space) {
    this.space = space;
    writer.start();
    completer.start();
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

  /** Adds a record; the future ends when it is as durable as the cell asks for. */
  CompletableFuture<Void> appended(byte[] body, int length) {
    if (closed) {
      throw new IllegalStateException("The journal was closed, or its disk failed.");
    }
    CompletableFuture<Void> future = new CompletableFuture<>();
    add(body, length, future);
    return future;
  }

  private Entry add(byte[] body, int length, @Nullable CompletableFuture<Void> future) {
    CRC32C crc = new CRC32C();
    crc.update(body, 0, length);
    Entry entry = new Entry(body, length, (int) crc.getValue(), future);
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
          space.write(buffer.flip());
          buffer.clear();
          tell(group);
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

  private void tell(List<Entry> group) {
    boolean futures = false;
    for (Entry entry : group) {
      if (entry.future == null) {
        entry.done = true;
        LockSupport.unpark(entry.caller);
      } else {
        durable.add(entry);
        futures = true;
      }
    }
    if (futures) {
      LockSupport.unpark(completer);
    }
  }

  private void complete() {
    while (!closed) {
      for (Entry entry = durable.poll(); entry != null; entry = durable.poll()) {
        if (entry.future != null) {
          entry.future.complete(null);
        }
      }
      LockSupport.park(this);
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    closed = true;
    LockSupport.unpark(writer);
    writer.join();
    LockSupport.unpark(completer);
    completer.join();
    space.close();
  }
}
