package io.queueruntime.embedded;

import static io.queueruntime.embedded.Answers.await;

import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.engine.QueueEngine;
import io.queueruntime.engine.SessionHold;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The holder of one session of the engine. The engine checks the hold on every call, so that a
 * holder that has lost its session can do nothing to the next one.
 *
 * <p>Thread-safe.
 */
final class EmbeddedSessionReceiver implements SessionReceiver {

  private final QueueEngine engine;
  private final SessionHold hold;
  private final Settling settling;
  private final PendingReceives pending;

  EmbeddedSessionReceiver(QueueEngine engine, SessionHold hold) {
    this.engine = engine;
    this.hold = hold;
    this.settling = new Settling(engine, hold.queue(), SubQueue.MAIN, hold.sessionId());
    this.pending = new PendingReceives(hold.queue());
  }

  @Override
  public QueueName queue() {
    return hold.queue();
  }

  @Override
  public SessionId sessionId() {
    return hold.sessionId();
  }

  @Override
  public Instant lockedUntil() {
    return hold.lockedUntil();
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> receive(
      int maxMessages, Duration maxWait) {
    return pending.start(() -> engine.receive(hold, maxMessages, maxWait));
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> receiveDeferred(
      Collection<SequenceNumber> sequenceNumbers) {
    return pending.start(
        () -> engine.receiveDeferred(hold.queue(), SubQueue.MAIN, hold, sequenceNumbers));
  }

  /**
   * Asks for the session's state first, for the sake of the check: a look needs no hold, a holder's
   * look does.
   */
  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      SequenceNumber from, int maxMessages) {
    return pending.start(
        () ->
            engine
                .sessionState(hold)
                .thenCompose(
                    held ->
                        engine.peek(
                            hold.queue(), SubQueue.MAIN, hold.sessionId(), from, maxMessages)));
  }

  @Override
  public CompletableFuture<Void> settle(ReceivedMessage<?> message, Settlement settlement) {
    return settling.settle(message, settlement);
  }

  @Override
  public CompletableFuture<Instant> renewLock(ReceivedMessage<?> message) {
    return settling.renewLock(message);
  }

  @Override
  public CompletableFuture<Instant> renewSessionLock() {
    return pending.isClosed() ? pending.closed() : engine.renewSession(hold);
  }

  @Override
  public CompletableFuture<Optional<byte[]>> state() {
    return pending.isClosed() ? pending.closed() : engine.sessionState(hold);
  }

  @Override
  public CompletableFuture<Void> setState(byte @Nullable [] state) {
    return pending.isClosed() ? pending.closed() : engine.setSessionState(hold, state);
  }

  @Override
  public CompletableFuture<Void> closeAsync() {
    pending.close();
    return engine.releaseSession(hold).exceptionallyCompose(this::unlessClosed);
  }

  /** A closed engine has given all sessions back already. */
  private CompletableFuture<Void> unlessClosed(Throwable failure) {
    return failure instanceof Closed
        ? CompletableFuture.completedFuture(null)
        : CompletableFuture.failedFuture(failure);
  }

  @Override
  public void close() {
    await(closeAsync());
  }
}
