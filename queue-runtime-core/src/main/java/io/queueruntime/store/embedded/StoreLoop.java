package io.queueruntime.store.embedded;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.QuotaExceeded;
import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.QueueRuntimeException.Throttled;
import io.queueruntime.journal.Journal;
import io.queueruntime.store.embedded.Change.IdForgotten;
import io.queueruntime.store.embedded.Change.IdTaken;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that owns an embedded store: takes what was asked, a batch at a time; decides,
 * appends and applies; forces once for all of it; then answers.
 *
 * <p>{@link #submit} and {@link #close} are thread-safe; everything else is confined to the thread.
 */
final class StoreLoop implements Runnable {

  private static final Logger log = LoggerFactory.getLogger(StoreLoop.class);

  private static final int PENDING_MAX = 8192;
  private static final int BATCH_MAX = 512;
  private static final int FORGOTTEN_PER_TURN = 256;
  private static final long SNAPSHOT_EVERY_BYTES = 2L * EmbeddedStoreOptions.SEGMENT_SIZE;
  private static final Duration RETRY_AFTER = Duration.ofMillis(100);
  private static final byte RECORD = 1;
  private static final int CHUNK_BYTES = 64 * 1024;

  private final BlockingQueue<Command<?>> pending = new ArrayBlockingQueue<>(PENDING_MAX);
  private final Journal journal;
  private final StoreState state;
  private final InstantSource clock;
  private final long capacity;
  private final long snapshotEvery;
  private final Thread thread;
  private volatile boolean closing;
  private volatile boolean ended;
  private volatile @Nullable QueueRuntimeException failure;

  /** What was asked, and its answer. */
  private static final class Command<T> {
    private final Supplier<T> work;
    private final CompletableFuture<T> answer = new CompletableFuture<>();
    private @Nullable Runnable deliver;

    private Command(Supplier<T> work) {
      this.work = work;
    }

    private void perform() {
      try {
        T value = work.get();
        deliver = () -> answer.complete(value);
      } catch (StorageFailed disk) {
        throw disk;
      } catch (QueueRuntimeException refused) {
        deliver = () -> answer.completeExceptionally(refused);
      }
    }

    private void deliver() {
      if (deliver != null) {
        deliver.run();
      }
    }

    private void fail(Throwable why) {
      answer.completeExceptionally(why);
    }
  }

  /**
   * @param journal recovered into {@code state}
   * @param snapshotEvery records between snapshots; {@code Long.MAX_VALUE} where the journal cannot
   *     be recovered
   */
  StoreLoop(Journal journal, StoreState state, EmbeddedStoreOptions options, long snapshotEvery) {
    this.journal = journal;
    this.state = state;
    this.clock = options.clock();
    this.capacity = options.capacity();
    this.snapshotEvery = snapshotEvery;
    this.thread = new Thread(this, "queue-runtime-store");
    thread.setDaemon(true);
    thread.start();
  }

  StoreState state() {
    return state;
  }

  long now() {
    return clock.millis();
  }

  /** Runs that on the thread; the future completes there, once what it changed is durable. */
  <T> CompletableFuture<T> submit(Supplier<T> work) {
    Command<T> command = new Command<>(work);
    QueueRuntimeException failed = failure;
    if (closing) {
      command.fail(closed());
    } else if (failed != null) {
      command.fail(again(failed));
    } else if (!pending.offer(command)) {
      command.fail(
          new Throttled(
              null,
              "The embedded state store has %d operations to do already; try again in a while."
                  .formatted(PENDING_MAX),
              RETRY_AFTER,
              null));
    } else if (ended) {
      // between the look and the offer; what was there then has been refused already
      refusePending();
    }
    return command.answer;
  }

  /** The same, without a value. */
  @SuppressWarnings("NullAway") // null is the only Void
  CompletableFuture<Void> perform(Runnable work) {
    return submit(
        () -> {
          work.run();
          return null;
        });
  }

  /** Makes that so. What takes more room than there is fails with {@code QuotaExceeded}. */
  void apply(Change change) {
    byte[] bytes = ChangeCodec.encode(change);
    if (!journal.reserve(bytes.length, 1)) {
      throw new QuotaExceeded(
          change.queue().value(),
          "The disk of the embedded state store is full: nothing more can be kept for queue '%s'."
              .formatted(change.queue()),
          null);
    }
    journal.append(RECORD, false, ByteBuffer.wrap(bytes), null);
    state.apply(change);
  }

  /** Refuses what would take so many more bytes than there may be. */
  void requireRoom(Change change, long bytes) {
    if (state.size() + bytes > capacity) {
      throw new QuotaExceeded(
          change.queue().value(),
          "The embedded state store is full: its entries take %d of %d bytes, and queue '%s' needs %d more. Raise queue-runtime.store.embedded.capacity, or keep them in a database (queue-runtime.store.type: jdbc)."
              .formatted(state.size(), capacity, change.queue(), bytes),
          null);
    }
  }

  /** Forgets ids that are over; returns how many. */
  int forget(int max) {
    List<IdTaken> over = state.over(now(), max);
    over.forEach(taken -> apply(new IdForgotten(taken.queue(), taken.id())));
    return over.size();
  }

  private void forgetSome() {
    try {
      forget(FORGOTTEN_PER_TURN);
    } catch (QuotaExceeded full) {
      // they stay until the disk has room; nobody sees them
    }
  }

  @Override
  public void run() {
    List<Command<?>> batch = new ArrayList<>();
    try {
      while (!closing || !pending.isEmpty()) {
        turn(batch);
        batch.clear();
      }
      journal.close();
    } catch (InterruptedException e) {
      fail(new Closed(null, "The thread of the embedded state store was interrupted."), batch);
    } catch (QueueRuntimeException e) {
      fail(e, batch);
    } catch (RuntimeException | Error e) {
      fail(
          new StorageFailed(
              "The embedded state store stopped because of a mistake of its own: %s. Open it again, and report this."
                  .formatted(e),
              e),
          batch);
    } finally {
      ended = true;
      refusePending();
    }
  }

  private void turn(List<Command<?>> batch) throws InterruptedException {
    Command<?> first = pending.poll(closing ? 0 : 1000, TimeUnit.MILLISECONDS);
    if (first != null) {
      batch.add(first);
      pending.drainTo(batch, BATCH_MAX - 1);
    }
    batch.forEach(Command::perform);
    forgetSome();
    journal.flush(true);
    batch.forEach(Command::deliver);
    journal.housekeep();
    if (snapshotEvery < Long.MAX_VALUE
        && !journal.snapshotRunning()
        && (journal.recordsSinceSnapshot() > snapshotEvery
            || journal.bytesSinceSnapshot() > SNAPSHOT_EVERY_BYTES)) {
      snapshot();
    }
  }

  /** All of it at once: it is in memory, and no larger than the capacity. */
  private void snapshot() {
    var writer = journal.startSnapshot();
    SnapshotChunks chunks = new SnapshotChunks(writer, CHUNK_BYTES);
    state.write(chunks::add);
    chunks.end();
    writer.commit();
  }

  private void fail(QueueRuntimeException why, List<Command<?>> batch) {
    log.error("The embedded state store has failed and takes no more work.", why);
    failure = why;
    batch.forEach(command -> command.fail(why));
    try {
      journal.close();
    } catch (QueueRuntimeException closing) {
      why.addSuppressed(closing);
    }
  }

  private void refusePending() {
    QueueRuntimeException failed = failure;
    for (Command<?> command = pending.poll(); command != null; command = pending.poll()) {
      command.fail(failed == null ? closed() : again(failed));
    }
  }

  private static QueueRuntimeException closed() {
    return new Closed(null, "The state store is closed.");
  }

  /** One for each caller, who notes what it was doing. */
  private static QueueRuntimeException again(QueueRuntimeException failed) {
    return new StorageFailed(
        "The embedded state store has failed before and takes no more work until it is opened again: "
            + failed.getMessage(),
        failed);
  }

  /** Ends after what was submitted is done. Idempotent. */
  void close(Duration patience) {
    closing = true;
    try {
      thread.join(patience.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
