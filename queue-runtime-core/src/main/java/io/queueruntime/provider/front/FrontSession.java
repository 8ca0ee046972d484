package io.queueruntime.provider.front;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The holder of one session. Thread-safe. */
final class FrontSession implements SessionReceiver {

  private final QueueName queue;
  private final SessionHold hold;
  private final Front front;
  private final Fronts fronts;

  FrontSession(QueueName queue, SessionHold hold, Front front, Fronts fronts) {
    this.queue = queue;
    this.hold = hold;
    this.front = front;
    this.fronts = fronts;
  }

  @Override
  public QueueName queue() {
    return queue;
  }

  @Override
  public SessionId sessionId() {
    return hold.session;
  }

  @Override
  public Instant lockedUntil() {
    return hold.lockedUntil;
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> receive(
      int maxMessages, Duration maxWait) {
    ReceiveWait wait = new ReceiveWait(this, maxMessages);
    if (maxMessages < 1) {
      return CompletableFuture.failedFuture(
          new ValidationFailed(
              queue.value(), "At least 1 message is received, found " + maxMessages + "."));
    }
    front.handing().receive(hold, wait, maxWait);
    return wait.future;
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> receiveDeferred(
      Collection<SequenceNumber> sequenceNumbers) {
    Deferral deferral = front.deferral();
    if (deferral == null) {
      return fronts.unsupported(queue, Capability.DEFER);
    }
    CompletableFuture<List<ReceivedMessage<byte[]>>> received = new CompletableFuture<>();
    deferral.receive(hold, sequenceNumbers, received);
    return received;
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      SequenceNumber from, int maxMessages) {
    return front
        .sessions()
        .held(hold)
        .thenCompose(held -> fronts.peek(queue, SubQueue.MAIN, hold.session, from, maxMessages));
  }

  @Override
  public CompletableFuture<Void> settle(ReceivedMessage<?> message, Settlement settlement) {
    return front.settling().settle(hold, message, settlement);
  }

  /** Renews the session, and so all its messages. */
  @Override
  public CompletableFuture<Instant> renewLock(ReceivedMessage<?> message) {
    return front.settling().check(hold, message).thenCompose(held -> renewSessionLock());
  }

  @Override
  public CompletableFuture<Instant> renewSessionLock() {
    return front.sessions().renew(hold);
  }

  @Override
  public CompletableFuture<Optional<byte[]>> state() {
    FencedStates states = front.states();
    return states == null ? fronts.unsupported(queue, Capability.SESSION_STATE) : states.get(hold);
  }

  @Override
  public CompletableFuture<Void> setState(byte @Nullable [] state) {
    FencedStates states = front.states();
    return states == null
        ? fronts.unsupported(queue, Capability.SESSION_STATE)
        : states.set(hold, state);
  }

  @Override
  public CompletableFuture<Void> closeAsync() {
    return front.sessions().close(hold);
  }

  @Override
  public void close() {
    closeAsync().join();
  }
}
