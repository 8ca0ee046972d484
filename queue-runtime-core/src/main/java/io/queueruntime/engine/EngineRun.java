package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import io.queueruntime.journal.ForcePolicy;
import io.queueruntime.journal.Journal;
import io.queueruntime.journal.JournalOptions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One life of an engine: opens the journal and recovers from it, starts the threads, hands commands
 * over to them, and ends it all.
 *
 * <p>Thread-safe; what {@link #parts} leads to belongs to the engine thread.
 */
final class EngineRun implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(EngineRun.class);

  /** Disk space that sends leave to settlements. */
  private static final int MAX_RESERVE_BYTES = 1024 * 1024;

  /** Room that a message's record needs beside the message. */
  private static final int RECORD_OVERHEAD = 4096;

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(60);
  private static final AtomicInteger THREADS = new AtomicInteger();

  final EngineOptions options;
  final Replies replies;
  final EngineParts parts;
  final EngineLoop loop;
  private final @Nullable ExecutorService background;
  private final @Nullable Thread thread;
  private final String idPrefix;
  private final AtomicLong lastId = new AtomicLong();

  EngineRun(
      Journal journal,
      EngineOptions options,
      long engineId,
      @Nullable Executor callbacks,
      @Nullable ExecutorService background,
      int atOnce,
      boolean threaded) {
    boolean durable = options.durability() != Durability.MEMORY;
    boolean degrade = options.onStorageFailure() == EngineOptions.OnStorageFailure.DEGRADE;
    RecordStore records =
        new RecordStore(
            journal, degrade ? () -> Journal.inMemory(options.segmentSize()) : null, durable);
    EngineState state = new EngineState(records);
    records.recover(new Recovery(state));
    long most = Math.min(options.maxMessageSize(), records.maxPayloadSize() - RECORD_OVERHEAD);
    this.options = options.withMaxMessageSize(most);
    EventLog events =
        new EventLog(records, state, Math.min(options.segmentSize() / 4, MAX_RESERVE_BYTES));
    EngineContext context =
        new EngineContext(state, events, this.options, new MessageLocks(engineId));
    this.replies = new Replies(callbacks);
    this.parts = EngineParts.of(context, records);
    Recovery.resume(context, parts.returns(), parts.queues());
    this.loop = new EngineLoop(records, replies, parts, atOnce);
    this.background = background;
    this.idPrefix = Long.toUnsignedString(engineId, 36) + "-";
    this.thread =
        threaded
            ? new Thread(loop.turns(), "queue-runtime-engine-" + THREADS.incrementAndGet())
            : null;
    if (thread != null) {
      thread.setDaemon(true);
      thread.start();
    }
  }

  /**
   * Opens the directory and starts the threads.
   *
   * @param callbacks run what depends on answers; null: the engine thread does
   */
  static EngineRun open(EngineOptions options, @Nullable Executor callbacks) {
    if (options.durability() == Durability.MEMORY) {
      return new EngineRun(
          Journal.inMemory(options.segmentSize()),
          options,
          newEngineId(),
          callbacks,
          null,
          EngineLoop.COMMANDS_PER_TURN,
          true);
    }
    if (options.directory() == null) {
      throw new ConfigurationInvalid(
          null, "A durable engine needs a directory: set queue-runtime.embedded.directory.");
    }
    ExecutorService background =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "queue-runtime-engine-background");
              thread.setDaemon(true);
              return thread;
            });
    AtomicReference<@Nullable EngineLoop> loop = new AtomicReference<>();
    Executor waking =
        task ->
            background.execute(
                () -> {
                  try {
                    task.run();
                  } finally {
                    EngineLoop started = loop.get();
                    if (started != null) {
                      started.wake();
                    }
                  }
                });
    Journal journal = null;
    try {
      journal = Journal.inDirectory(options.directory(), journalOptions(options), waking);
      EngineRun run =
          new EngineRun(
              journal,
              options,
              newEngineId(),
              callbacks,
              background,
              EngineLoop.COMMANDS_PER_TURN,
              true);
      loop.set(run.loop);
      return run;
    } catch (RuntimeException | Error failed) {
      closeAfter(failed, journal);
      background.shutdown();
      throw failed;
    }
  }

  /** A run without threads, whose owner takes the turns. */
  static EngineRun manual(Journal journal, EngineOptions options, long engineId, int atOnce) {
    return new EngineRun(journal, options, engineId, null, null, atOnce, false);
  }

  static JournalOptions journalOptions(EngineOptions options) {
    ForcePolicy policy =
        switch (options.durability()) {
          case FSYNC -> ForcePolicy.FORCE;
          case OS -> ForcePolicy.WRITE;
          case MEMORY -> ForcePolicy.NEVER;
        };
    return new JournalOptions(options.segmentSize(), policy, options.snapshotsKept());
  }

  /** Ends the engine in good order and waits for it. Idempotent. */
  @Override
  public void close() {
    if (loop.isClosed()) {
      return;
    }
    Command<Boolean> end = new Command.End(replies, loop);
    while (!loop.offer(end) && !loop.isClosed()) {
      Thread.onSpinWait();
    }
    if (thread == null) {
      while (!loop.isClosed()) {
        loop.turn();
      }
    } else {
      join(thread);
    }
    if (background != null) {
      background.shutdown();
    }
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    long end = System.nanoTime() + CLOSE_TIMEOUT.toNanos();
    while (thread.isAlive() && System.nanoTime() < end) {
      try {
        thread.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (thread.isAlive()) {
      log.warn(
          "The engine's thread did not end within {}; the data directory may still be in use.",
          CLOSE_TIMEOUT);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Has it done by the engine thread; the answer is there once what it did is durable. */
  <R> CompletableFuture<R> submit(Command.Work<R> work) {
    return submit(new Command.Asked<>(replies, work));
  }

  /** The same. */
  <R> CompletableFuture<R> submit(Command<R> command) {
    long end = 0;
    while (!loop.isClosed()) {
      if (loop.offer(command)) {
        if (loop.isClosed()) {
          // It may have come after the last look into the ring.
          command.completeExceptionally(EngineLoop.closedError());
        }
        return command;
      }
      // The ring is full: the caller is held back for as long as a send may be.
      long now = System.nanoTime();
      end = end == 0 ? now + options.sendTimeout().toNanos() : end;
      if (now - end > 0) {
        command.completeExceptionally(
            new OperationTimedOut(
                null,
                "The engine did not take another command within %s: it has more to do than its disk allows. Nothing was done; try again later."
                    .formatted(options.sendTimeout()),
                null));
        return command;
      }
      loop.wake();
      LockSupport.parkNanos(50_000);
    }
    command.completeExceptionally(EngineLoop.closedError());
    return command;
  }

  /** An id for a message whose sender gave it none. */
  String nextId() {
    return idPrefix + lastId.incrementAndGet();
  }

  private static long newEngineId() {
    return new SecureRandom().nextLong();
  }

  private static void closeAfter(Throwable failed, @Nullable Journal journal) {
    if (journal != null) {
      try {
        journal.close();
      } catch (RuntimeException alsoFailed) {
        failed.addSuppressed(alsoFailed);
      }
    }
  }
}
