package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.engine.QueueEngine;
import io.queueruntime.engine.SessionHold;
import io.queueruntime.engine.Work;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SubQueue;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What one receiver takes messages from: a queue, its dead letters, or a session that is held.
 *
 * <p>Thread-safe.
 */
final class MessageSource {

  private final QueueEngine engine;
  private final QueueName queue;
  private final SubQueue subQueue;
  private final @Nullable SessionHold session;

  MessageSource(
      QueueEngine engine, QueueName queue, SubQueue subQueue, @Nullable SessionHold session) {
    this.engine = engine;
    this.queue = queue;
    this.subQueue = subQueue;
    this.session = session;
  }

  QueueName queue() {
    return queue;
  }

  SubQueue subQueue() {
    return subQueue;
  }

  @Nullable SessionHold session() {
    return session;
  }

  CompletableFuture<List<ReceivedMessage<byte[]>>> receive(int most, Duration wait) {
    return session == null
        ? engine.receive(queue, subQueue, most, wait)
        : engine.receive(session, most, wait);
  }

  /** Ends a receive's wait; what it was given stays its own. */
  CompletableFuture<Void> endWait(CompletableFuture<List<ReceivedMessage<byte[]>>> receive) {
    return engine.endWait(receive);
  }

  CompletableFuture<Void> settle(LockToken token, Settlement settlement) {
    return switch (settlement.action()) {
      case COMPLETE -> engine.complete(queue, token);
      case ABANDON -> engine.abandon(queue, token, Duration.ZERO, settlement.edits());
      case DEFER -> engine.defer(queue, token, settlement.edits());
      case RELEASE -> engine.release(queue, token);
      case DEAD_LETTER ->
          engine.deadLetter(
              queue,
              token,
              settlement.reason() == null ? "" : settlement.reason(),
              settlement.description(),
              null,
              settlement.edits());
    };
  }

  /** The same as a part of a transaction. */
  Work work(LockToken token, Settlement settlement) {
    return switch (settlement.action()) {
      case COMPLETE -> new Work.Complete(queue, token);
      case ABANDON -> new Work.Abandon(queue, token, settlement.edits());
      case DEFER -> new Work.Defer(queue, token, settlement.edits());
      case RELEASE -> new Work.Release(queue, token);
      case DEAD_LETTER ->
          new Work.DeadLetter(
              queue,
              token,
              settlement.reason() == null ? "" : settlement.reason(),
              settlement.description(),
              null,
              settlement.edits());
    };
  }

  CompletableFuture<Void> complete(LockToken token) {
    return engine.complete(queue, token);
  }

  /** Gives back, uncounted, what nobody took. */
  void release(ReceivedMessage<byte[]> message) {
    message.lockToken().ifPresent(token -> engine.release(queue, token));
  }

  /** Takes the lock away as if it had run out. */
  void loseLock(LockToken token) {
    engine.abandon(queue, token, Duration.ZERO);
  }

  /** Gives the session back, if there is one. */
  void close() {
    if (session != null) {
      engine.releaseSession(session);
    }
  }
}
