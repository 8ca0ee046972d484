package io.queueruntime.journal;

import io.queueruntime.journal.Recovered.KeptSnapshot;
import io.queueruntime.storage.Storage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The snapshots on disk, and the one in the making. Confined to the journal's owner. */
final class Snapshots {

  private final Storage storage;
  private final Executor background;
  private final long directoryId;
  private final int keptMax;
  private final Deque<KeptSnapshot> kept;
  private final List<String> unreadable;
  private @Nullable SnapshotWriting running;
  private @Nullable Throwable failure;
  private int attempts;
  private long failures;
  private long recordsSince;
  private long bytesSince;
  private long recordsAtStart;
  private long bytesAtStart;

  Snapshots(Storage storage, Executor background, int keptMax, Recovered recovered) {
    this.storage = storage;
    this.background = background;
    this.directoryId = recovered.directoryId();
    this.keptMax = keptMax;
    this.kept = new ArrayDeque<>(recovered.snapshots());
    this.unreadable = new ArrayList<>(recovered.unreadableSnapshots());
    this.recordsSince = recovered.records();
    this.bytesSince = recovered.bytes();
  }

  SnapshotWriter start(long nextSequence, LongSupplier forceJournal) {
    if (running != null) {
      throw new IllegalStateException("A snapshot is being written already.");
    }
    recordsAtStart = recordsSince;
    bytesAtStart = bytesSince;
    SnapshotWriting started =
        new SnapshotWriting(
            storage, background, forceJournal, directoryId, nextSequence, ++attempts);
    running = started;
    return started;
  }

  boolean running() {
    return running != null && !(running.ended() && running.result().isDone());
  }

  void appended(int length) {
    recordsSince++;
    bytesSince += length;
  }

  /**
   * Takes in a snapshot that is finished, and returns the names of the files that it makes
   * superfluous, oldest first.
   */
  List<String> collect() {
    SnapshotWriting finished = running;
    if (finished == null || !finished.ended() || !finished.result().isDone()) {
      return List.of();
    }
    running = null;
    SnapshotFile snapshot;
    try {
      snapshot = finished.result().join();
    } catch (CompletionException e) {
      if (!finished.aborted()) {
        failure = e.getCause() == null ? e : e.getCause();
        failures++;
      }
      return List.of();
    }
    failure = null;
    recordsSince -= recordsAtStart;
    bytesSince -= bytesAtStart;
    if (!kept.isEmpty() && kept.getLast().covered() == snapshot.covered()) {
      kept.removeLast();
    }
    kept.add(new KeptSnapshot(snapshot.name(), snapshot.covered(), snapshot.size()));
    List<String> superfluous = new ArrayList<>(unreadable);
    superfluous.remove(snapshot.name());
    unreadable.clear();
    while (kept.size() > keptMax) {
      superfluous.add(kept.remove().name());
    }
    return superfluous;
  }

  /**
   * Waits until the background does nothing for a snapshot any more; one that was not committed is
   * given up.
   */
  void await() {
    SnapshotWriting awaited = running;
    if (awaited != null) {
      awaited.abort();
      awaited.result().handle((snapshot, failed) -> snapshot).join();
    }
  }

  /** First sequence that the oldest kept snapshot replays; 1 without any. */
  long covered() {
    return kept.isEmpty() ? 1 : kept.element().covered();
  }

  long recordsSince() {
    return recordsSince;
  }

  long bytesSince() {
    return bytesSince;
  }

  long failures() {
    return failures;
  }

  @Nullable Throwable failure() {
    return failure;
  }

  long sizeOnDisk() {
    long size = 0;
    for (KeptSnapshot snapshot : kept) {
      size += snapshot.size();
    }
    return size;
  }
}
