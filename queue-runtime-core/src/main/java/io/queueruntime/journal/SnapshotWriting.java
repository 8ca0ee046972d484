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
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot on its way to the disk: the owner frames chunks into buffers, the background writes
 * the buffers one after the other into a file aside.
 *
 * <p>What waits to be written is bounded: beyond that, adding a chunk waits for the disk. The first
 * failure ends the snapshot; nothing of it is left but the reason.
 *
 * <p>Confined to the journal's owner, except for the tasks it hands to the background.
 */
final class SnapshotWriting implements SnapshotWriter {

  private static final int BUFFER_MIN = 8 * 1024;
  private static final int BUFFER_MAX = 256 * 1024;
  private static final long WAITING_MAX = 8 * 1024 * 1024;

  /** Forced in pieces: all at once would hold up the journal's forces on the same disk. */
  private static final long FORCE_EVERY = 2 * 1024 * 1024;

  private record Write(CompletableFuture<Void> done, int bytes) {}

  private final Storage storage;
  private final Executor background;
  private final LongSupplier forceJournal;
  private final long directoryId;
  private final long covered;
  private final String unfinishedName;
  private final CRC32C chunkCrc = new CRC32C();
  private final CRC32C framesCrc = new CRC32C();
  private final Deque<Write> writes = new ArrayDeque<>();
  private final CompletableFuture<SnapshotFile> result = new CompletableFuture<>();
  private CompletableFuture<Void> lane = CompletableFuture.completedFuture(null);
  private ByteBuffer buffer;
  private long chunks;
  private long size;
  private long waiting;
  private boolean ended;
  private boolean aborted;

  /** Touched by background tasks only, which run one after the other. */
  private @Nullable StorageFile file;

  /** Bytes written since the last force; touched by background tasks only, too. */
  private long unforced;

  SnapshotWriting(
      Storage storage,
      Executor background,
      LongSupplier forceJournal,
      long directoryId,
      long covered,
      int attempt) {
    this.storage = storage;
    this.background = background;
    this.forceJournal = forceJournal;
    this.directoryId = directoryId;
    this.covered = covered;
    this.unfinishedName = FileNames.unfinished(FileNames.snapshot(covered), attempt);
    this.buffer =
        ByteBuffer.allocate(SnapshotFile.HEADER_SIZE)
            .put(SnapshotFile.header(directoryId, covered));
  }

  @Override
  public void add(ByteBuffer chunk) {
    checkGoingOn();
    int length = chunk.remaining();
    makeRoom(SnapshotFile.CHUNK_FRAME_SIZE + (long) length);
    chunkCrc.reset();
    chunkCrc.update(chunk.duplicate());
    int at = buffer.position();
    buffer.putInt(length).putInt((int) chunkCrc.getValue()).put(chunk);
    framesCrc.update(buffer.array(), at, SnapshotFile.CHUNK_FRAME_SIZE);
    chunks++;
  }

  @Override
  public void commit() {
    checkGoingOn();
    ended = true;
    long forced;
    try {
      forced = forceJournal.getAsLong();
    } catch (RuntimeException e) {
      drop(e);
      throw e;
    }
    makeRoom(SnapshotFile.FOOTER_SIZE);
    buffer.put(SnapshotFile.footer(chunks, forced, (int) framesCrc.getValue()));
    writeOut();
    String name = FileNames.snapshot(covered);
    SnapshotFile snapshot = new SnapshotFile(name, covered, forced, directoryId, size);
    lane = lane.thenRunAsync(() -> finish(snapshot), background);
    lane.whenComplete((nothing, failure) -> settle(snapshot, failure));
  }

  @Override
  public void abort() {
    if (!ended) {
      ended = true;
      aborted = true;
      drop(new IOException("The snapshot was given up by its writer."));
    }
  }

  /** Completes, on any thread, when nothing of this snapshot will touch the disk any more. */
  CompletableFuture<SnapshotFile> result() {
    return result;
  }

  boolean ended() {
    return ended;
  }

  boolean aborted() {
    return aborted;
  }

  private void checkGoingOn() {
    if (ended) {
      throw new IllegalStateException("This snapshot was committed or given up already.");
    }
  }

  private void makeRoom(long count) {
    if (count <= buffer.remaining()) {
      return;
    }
    int next = Math.min(Math.max(buffer.capacity() * 2, BUFFER_MIN), BUFFER_MAX);
    writeOut();
    buffer = ByteBuffer.allocate(Math.toIntExact(Math.max(count, next)));
  }

  private void writeOut() {
    ByteBuffer full = buffer.flip();
    long position = size;
    int bytes = full.remaining();
    size += bytes;
    lane = lane.thenRunAsync(() -> write(full, position), background);
    writes.add(new Write(lane, bytes));
    waiting += bytes;
    while (!writes.isEmpty() && (waiting > WAITING_MAX || writes.element().done().isDone())) {
      Write eldest = writes.remove();
      waiting -= eldest.bytes();
      try {
        eldest.done().join();
      } catch (CompletionException e) {
        // The lane carries the failure to the end.
      }
    }
  }

  private void write(ByteBuffer bytes, long position) {
    try {
      StorageFile open = file;
      if (open == null) {
        open = storage.create(unfinishedName);
        file = open;
      }
      unforced += bytes.remaining();
      open.write(bytes, position);
      if (unforced >= FORCE_EVERY) {
        open.force(false);
        unforced = 0;
      }
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  private void finish(SnapshotFile snapshot) {
    try {
      StorageFile open = file;
      if (open == null) {
        throw new IOException("The snapshot's file was never created.");
      }
      open.force(true);
      file = null;
      open.close();
      storage.rename(unfinishedName, snapshot.name());
      storage.forceDirectory();
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  private void drop(Throwable reason) {
    lane = lane.whenCompleteAsync((nothing, failure) -> discard(), background);
    lane.whenComplete((nothing, failure) -> result.completeExceptionally(reason));
  }

  private void settle(SnapshotFile snapshot, @Nullable Throwable failure) {
    if (failure == null) {
      result.complete(snapshot);
    } else {
      discard();
      result.completeExceptionally(failure.getCause() == null ? failure : failure.getCause());
    }
  }

  private void discard() {
    try {
      StorageFile open = file;
      file = null;
      if (open != null) {
        open.close();
      }
    } catch (IOException e) {
      // The failure that made us discard it is the one to tell.
    }
    try {
      storage.delete(unfinishedName);
    } catch (IOException e) {
      // Never created, renamed already, or left to be deleted at the next start.
    }
  }
}
