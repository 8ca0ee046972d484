package io.queueruntime.store.embedded;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.journal.ForcePolicy;
import io.queueruntime.journal.Journal;
import io.queueruntime.journal.JournalOptions;
import io.queueruntime.journal.RecoveryVisitor;
import io.queueruntime.message.QueueName;
import io.queueruntime.storage.NioStorage;
import io.queueruntime.storage.Storage;
import io.queueruntime.store.DuplicateWindow;
import io.queueruntime.store.QueueStateStore;
import io.queueruntime.store.SessionStates;
import io.queueruntime.store.StoreLimits;
import io.queueruntime.store.StoredMessages;
import io.queueruntime.store.embedded.Change.QueueForgotten;
import io.queueruntime.store.embedded.Change.Shelf;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A state store for one instance of an application: everything in memory, and every change in a
 * journal that is forced before the change is acknowledged.
 *
 * <p>It is built on the journal and not on the engine's queues: a queue's numbers, its duplicate
 * window and its locks are its own, whereas here numbers come from outside, a claim can be taken
 * back, and every lease has its own length. A process that finds the directory in use fails with
 * {@code StorageFailed}, so that two instances never believe that they share it.
 *
 * <p>Thread-safe.
 */
public final class EmbeddedStateStore implements QueueStateStore {

  /** Its name in the configuration. */
  public static final String NAME = "embedded";

  private static final int SNAPSHOT_EVERY_RECORDS = 50_000;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final StoreLimits limits;
  private final StoreLoop loop;
  private final @Nullable ExecutorService background;
  private final DuplicateWindow duplicates;
  private final SessionStates sessionStates;
  private final StoredMessages deferred;
  private final StoredMessages scheduled;

  private EmbeddedStateStore(
      EmbeddedStoreOptions options, StoreLoop loop, @Nullable ExecutorService background) {
    this.limits = options.limits();
    this.loop = loop;
    this.background = background;
    this.duplicates = new EmbeddedDuplicateWindow(loop);
    this.sessionStates = new EmbeddedSessionStates(loop, limits);
    this.deferred = new EmbeddedStoredMessages(loop, Shelf.DEFERRED, limits);
    this.scheduled = new EmbeddedStoredMessages(loop, Shelf.SCHEDULED, limits);
  }

  /**
   * Opens the store and reads what its directory holds.
   *
   * @throws StorageFailed when the directory is in use, cannot be used, or holds something damaged
   */
  public static EmbeddedStateStore open(EmbeddedStoreOptions options) {
    if (options.directory() == null) {
      return new EmbeddedStateStore(
          options,
          new StoreLoop(
              Journal.inMemory(EmbeddedStoreOptions.SEGMENT_SIZE),
              new StoreState(),
              options,
              Long.MAX_VALUE),
          null);
    }
    ExecutorService background =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "queue-runtime-store-background");
              thread.setDaemon(true);
              return thread;
            });
    try {
      return open(
          NioStorage.open(options.directory()),
          options,
          EmbeddedStoreOptions.SEGMENT_SIZE,
          SNAPSHOT_EVERY_RECORDS,
          background);
    } catch (RuntimeException | Error failed) {
      background.shutdownNow();
      throw failed;
    }
  }

  /** Opens it on any storage, with a journal of any layout. */
  static EmbeddedStateStore open(
      Storage storage,
      EmbeddedStoreOptions options,
      int segmentSize,
      long snapshotEvery,
      ExecutorService background) {
    Journal journal =
        Journal.open(storage, new JournalOptions(segmentSize, ForcePolicy.FORCE, 2), background);
    StoreState state = new StoreState();
    try {
      journal.recover(new Recovery(state));
    } catch (RuntimeException | Error failed) {
      try {
        journal.close();
      } catch (RuntimeException closing) {
        failed.addSuppressed(closing);
      }
      throw failed;
    }
    return new EmbeddedStateStore(
        options, new StoreLoop(journal, state, options, snapshotEvery), background);
  }

  /** Puts what was kept back into memory. Confined to the thread that opens the store. */
  private static final class Recovery implements RecoveryVisitor {
    private final StoreState state;

    private Recovery(StoreState state) {
      this.state = state;
    }

    @Override
    public void snapshotChunk(ByteBuffer chunk) {
      try {
        SnapshotChunks.read(chunk, state);
      } catch (RuntimeException malformed) {
        throw unreadable("a snapshot", malformed);
      }
    }

    @Override
    public void record(byte type, long position, ByteBuffer payload) {
      try {
        state.apply(ChangeCodec.decode(payload));
      } catch (RuntimeException malformed) {
        throw unreadable("the record at position " + position, malformed);
      }
    }

    private static StorageFailed unreadable(String what, RuntimeException cause) {
      return new StorageFailed(
          StorageFailed.Reason.DAMAGED,
          "Cannot open the embedded state store: %s has the right checksum but holds %s. It was written by another version, or by something else; use the version that wrote it, or a backup. Nothing was changed."
              .formatted(what, cause.getMessage()),
          cause);
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public StoreLimits limits() {
    return limits;
  }

  @Override
  public DuplicateWindow duplicates() {
    return duplicates;
  }

  @Override
  public SessionStates sessionStates() {
    return sessionStates;
  }

  @Override
  public StoredMessages deferred() {
    return deferred;
  }

  @Override
  public StoredMessages scheduled() {
    return scheduled;
  }

  @Override
  public CompletableFuture<Void> deleteQueue(QueueName queue) {
    return loop.perform(() -> loop.apply(new QueueForgotten(queue)));
  }

  @Override
  public CompletableFuture<Integer> removeExpired(int max) {
    return loop.submit(() -> loop.forget(max));
  }

  @Override
  public void close() {
    loop.close(PATIENCE);
    if (background != null) {
      background.shutdown();
      try {
        background.awaitTermination(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
