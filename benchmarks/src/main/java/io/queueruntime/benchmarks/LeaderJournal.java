package io.queueruntime.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;

/**
 * A bare journal whose callers write: the first one writes for all that come meanwhile.
 * Thread-safe.
 */
final class LeaderJournal implements BareJournal {

  private static final int BUFFER = 8 * 1024 * 1024;

  private final Region region;
  private final ReentrantLock lock = new ReentrantLock();
  private Group filling = new Group(ByteBuffer.allocateDirect(BUFFER), lock.newCondition());
  private Group spare = new Group(ByteBuffer.allocateDirect(BUFFER), lock.newCondition());
  private boolean busy;

  private static final class Group {
    final ByteBuffer buffer;
    final Condition done;
    long written;

    Group(ByteBuffer buffer, Condition done) {
      this.buffer = buffer;
      this.done = done;
    }
  }

  LeaderJournal(Region region) {
    this.region = region;
  }

  @Override
  public void append(byte[] body, int length) throws IOException {
    CRC32C crc = new CRC32C();
    crc.update(body, 0, length);
    lock.lock();
    try {
      Group mine = filling;
      long before = mine.written;
      mine.buffer.putInt(length).putInt((int) crc.getValue()).putLong(before).put(body, 0, length);
      while (mine.written == before) {
        if (busy) {
          mine.done.awaitUninterruptibly();
        } else {
          lead(mine);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private void lead(Group mine) throws IOException {
    busy = true;
    filling = spare;
    spare = mine;
    lock.unlock();
    try {
      region.write(mine.buffer.flip());
    } finally {
      lock.lock();
      mine.buffer.clear();
      mine.written++;
      busy = false;
      mine.done.signalAll();
      // One of those who came meanwhile leads next; the others wait for it.
      filling.done.signal();
    }
  }

  @Override
  public void close() throws IOException {
    region.close();
  }
}
