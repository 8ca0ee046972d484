package io.queueruntime.journal;

import io.queueruntime.storage.Storage;
import io.queueruntime.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Segments made ready before they are needed: full of zeros and forced, so that appending changes
 * neither a file's size nor its blocks, and forcing an append is one write to the disk instead of
 * two.
 *
 * <p>A file is filled under another name and renamed when all of it is durable. One is made at a
 * time, in the order of their numbers, each durable before the next is begun: after a crash there
 * can be no gap in the numbers.
 *
 * <p>Confined to the journal's owner; the zeros are written on the background executor.
 */
final class PreparedSegments implements AutoCloseable {

  /** A segment without records, and its open file. */
  record Prepared(Segment segment, StorageFile file) {}

  private static final int ZEROS_SIZE = 256 * 1024;
  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(ZEROS_SIZE).asReadOnlyBuffer();

  private final Storage storage;
  private final Executor background;
  private final int segmentSize;
  private final long directoryId;
  private final boolean durable;
  private final Deque<Prepared> ready = new ArrayDeque<>();
  private @Nullable CompletableFuture<Prepared> running;
  private @Nullable Throwable failure;
  private int nextNumber;
  private int attempts;

  PreparedSegments(
      Storage storage,
      Executor background,
      int segmentSize,
      long directoryId,
      int nextNumber,
      boolean durable) {
    this.storage = storage;
    this.background = background;
    this.segmentSize = segmentSize;
    this.directoryId = directoryId;
    this.nextNumber = nextNumber;
    this.durable = durable;
  }

  /** Takes in one that was ready before a restart; its number must be the next. */
  void add(Prepared prepared) {
    ready.add(prepared);
    nextNumber = prepared.segment().number() + 1;
  }

  /** Begins the next one when none is ready or begun, and the last attempt did not fail. */
  void keepOneReady() {
    if (ready.isEmpty() && running == null && failure == null) {
      start();
    }
  }

  /**
   * Whether so many are ready, after making them if need be. After a failure it does not wait
   * again: the next attempt runs in the background, and a later call finds what came of it.
   */
  boolean ensure(long wanted) {
    collect();
    while (ready.size() < wanted) {
      boolean retry = failure != null;
      startUnlessRunning();
      if (retry && running != null && !running.isDone()) {
        return false;
      }
      await();
      if (failure != null) {
        return false;
      }
    }
    return true;
  }

  /** The next one, made now if none is ready. */
  Prepared next() throws IOException {
    collect();
    if (ready.isEmpty()) {
      startUnlessRunning();
      await();
    }
    Prepared next = ready.poll();
    if (next == null) {
      throw new IOException("no new segment can be made", failure);
    }
    return next;
  }

  /** Takes in what the background has finished. */
  void collect() {
    CompletableFuture<Prepared> finished = running;
    if (finished != null && finished.isDone()) {
      await();
    }
  }

  /** Why the last attempt failed, if it did. */
  @Nullable Throwable failure() {
    return failure;
  }

  long sizeOnDisk() {
    long size = 0;
    for (Prepared prepared : ready) {
      size += prepared.segment().size();
    }
    return size;
  }

  @Override
  public void close() throws IOException {
    await();
    for (Prepared prepared : ready) {
      prepared.file().close();
    }
    ready.clear();
  }

  private void startUnlessRunning() {
    if (running == null) {
      start();
    }
  }

  private void start() {
    int number = nextNumber;
    int attempt = ++attempts;
    if (number < 1) {
      failure = new IOException("The last segment number, " + Integer.MAX_VALUE + ", is used.");
      return;
    }
    CompletableFuture<Prepared> result = new CompletableFuture<>();
    Runnable work =
        () -> {
          try {
            result.complete(prepare(number, attempt));
          } catch (Throwable e) {
            result.completeExceptionally(e);
          }
        };
    running = result;
    if (!durable) {
      work.run();
      return;
    }
    try {
      background.execute(work);
    } catch (RejectedExecutionException e) {
      work.run();
    }
  }

  private void await() {
    CompletableFuture<Prepared> awaited = running;
    if (awaited == null) {
      return;
    }
    try {
      ready.add(awaited.join());
      nextNumber++;
      failure = null;
    } catch (CompletionException e) {
      failure = e.getCause() == null ? e : e.getCause();
    }
    running = null;
  }

  private Prepared prepare(int number, int attempt) throws IOException {
    Segment segment = Segment.blank(number, segmentSize);
    ByteBuffer header = new SegmentHeader(number, directoryId, segmentSize).encode();
    if (!durable) {
      StorageFile file = storage.create(segment.fileName());
      file.write(header, 0);
      return new Prepared(segment, file);
    }
    String name = FileNames.unfinished(segment.fileName(), attempt);
    StorageFile file = storage.create(name);
    boolean done = false;
    try {
      file.write(header, 0);
      for (int at = SegmentHeader.SIZE; at < segmentSize; ) {
        int count = Math.min(ZEROS_SIZE, segmentSize - at);
        file.write(ZEROS.slice(0, count), at);
        at += count;
      }
      file.force(true);
      storage.rename(name, segment.fileName());
      name = segment.fileName();
      storage.forceDirectory();
      // By its new name: it may have to be opened once more, after an interrupt.
      file.close();
      file = storage.open(name);
      done = true;
      return new Prepared(segment, file);
    } finally {
      if (!done) {
        discard(file, name);
      }
    }
  }

  /** Gives the space of a partial file back, as far as the disk still lets us. */
  private void discard(StorageFile file, String name) {
    try {
      file.close();
    } catch (IOException e) {
      // The failure that made us discard it is the one to tell.
    }
    try {
      storage.delete(name);
    } catch (IOException e) {
      // What is left under an unfinished name goes at the next start; a finished name is replaced.
    }
  }
}
