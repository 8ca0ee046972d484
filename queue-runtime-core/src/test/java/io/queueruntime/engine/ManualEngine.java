package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.journal.Journal;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.Storage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;

/** An engine in the test's own thread, on clocks that the test moves. */
final class ManualEngine {

  private final EngineOptions options;
  private long nanos = 1_000_000_000L;

  /** By how much the clocks move once the next turn has read them. */
  private long standstill;

  private QueueEngine engine;

  /** Opens an engine on that storage, with segments of 64 KiB and a snapshot every 500 records. */
  ManualEngine(Storage storage, UnaryOperator<EngineOptions> more) {
    this.options =
        more.apply(
            EngineOptions.inMemory()
                .withDurability(Durability.FSYNC)
                .withSegmentSize(64 * 1024)
                .withSnapshots(Duration.ofHours(1), 500, 2)
                .withTime(new EngineTime(this::wall, this::tick)));
    this.engine = open(storage);
  }

  QueueEngine engine() {
    return engine;
  }

  /** Leaves the engine as a crash would and opens another one on that storage. */
  void reopen(Storage storage) {
    engine = open(storage);
  }

  Instant wall() {
    return Instant.ofEpochSecond(1_800_000_000L, nanos);
  }

  void advance(Duration by) {
    move(by);
    run();
  }

  /** Moves the clocks, which the engine does not see before its next turn. */
  void move(Duration by) {
    nanos += by.toNanos();
  }

  /**
   * Lets so much time pass in the next turn, right after it has read the clocks: as when the
   * process stands still there.
   */
  void standStillInTheNextTurn(Duration time) {
    standstill = time.toNanos();
  }

  /** The ticker is what a turn reads last. */
  private long tick() {
    long now = nanos;
    nanos += standstill;
    standstill = 0;
    return now;
  }

  void run() {
    while (engine.turn()) {
      // until there is nothing to do at once
    }
  }

  /** The answer that is there once the engine has nothing more to do. */
  <T> T done(CompletableFuture<T> future) {
    run();
    if (!future.isDone()) {
      throw new AssertionError("The engine has nothing more to do, but the answer is still owed.");
    }
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof QueueRuntimeException known) {
        throw known;
      }
      throw e;
    }
  }

  void send(QueueName queue, String text) {
    done(engine.send(queue, message(text).build()));
  }

  List<ReceivedMessage<byte[]>> receive(QueueName queue, int max) {
    return done(engine.receive(queue, SubQueue.MAIN, max, Duration.ZERO));
  }

  void complete(ReceivedMessage<byte[]> message) {
    done(engine.complete(message.queue(), message.lockToken().orElseThrow()));
  }

  static OutgoingMessage.Builder message(String text) {
    return OutgoingMessage.of(text.getBytes(StandardCharsets.UTF_8));
  }

  static String text(ReceivedMessage<byte[]> message) {
    return new String(message.body(), StandardCharsets.UTF_8);
  }

  private QueueEngine open(Storage storage) {
    return QueueEngine.manual(
        Journal.open(storage, EngineRun.journalOptions(options), Runnable::run), options, nanos);
  }
}
