package io.queueruntime.template;

import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.SessionReceiver;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A session held for a caller of the template. Thread-safe. */
final class HeldSession implements AcceptedSession {

  private final SessionReceiver receiver;
  private final Decoding decoding;
  private final Duration operationTimeout;

  HeldSession(SessionReceiver receiver, Decoding decoding, Duration operationTimeout) {
    this.receiver = receiver;
    this.decoding = decoding;
    this.operationTimeout = operationTimeout;
  }

  @Override
  public SessionId id() {
    return receiver.sessionId();
  }

  @Override
  public Instant lockedUntil() {
    return receiver.lockedUntil();
  }

  @Override
  public Instant renewLock() {
    return Waiting.join(
        doing("renew-session-lock", "renew the lock on "), renewLockAsync(), operationTimeout);
  }

  @Override
  public Optional<byte[]> state() {
    return Waiting.join(
        doing("get-session-state", "read the state of "), stateAsync(), operationTimeout);
  }

  @Override
  public void setState(byte @Nullable [] state) {
    Waiting.join(
        doing("set-session-state", "store the state of "), setStateAsync(state), operationTimeout);
  }

  @Override
  public CompletableFuture<Instant> renewLockAsync() {
    return doing("renew-session-lock", "renew the lock on ").noted(receiver.renewSessionLock());
  }

  @Override
  public CompletableFuture<Optional<byte[]>> stateAsync() {
    return doing("get-session-state", "read the state of ").noted(receiver.state());
  }

  @Override
  public CompletableFuture<Void> setStateAsync(byte @Nullable [] state) {
    return doing("set-session-state", "store the state of ").noted(receiver.setState(state));
  }

  @Override
  public <T> Optional<ReceivedMessage<T>> receive(Class<T> type, Duration maxWait) {
    return receive(type, 1, maxWait).stream().findFirst();
  }

  @Override
  @SuppressWarnings(
      "unchecked") // the converter's contract: a payload is of the type that was asked for
  public <T> List<ReceivedMessage<T>> receive(Class<T> type, int maxMessages, Duration maxWait) {
    return (List<ReceivedMessage<T>>)
        (List<?>)
            Waiting.join(
                doing("receive", "receive from "),
                receiveAsync(type, maxMessages, maxWait),
                maxWait.plus(operationTimeout));
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<Object>>> receiveAsync(
      Type type, int maxMessages, Duration maxWait) {
    return Following.of(
        doing("receive", "receive from "),
        receiver.receive(maxMessages, maxWait),
        messages -> decoding.received(receiver, messages, type),
        messages -> decoding.giveBack(receiver, messages));
  }

  @Override
  public <T> List<ReceivedMessage<T>> receiveDeferred(
      Class<T> type, Collection<SequenceNumber> sequenceNumbers) {
    return Waiting.join(
        doing("receive-deferred", "receive deferred messages from "),
        receiveDeferredAsync(type, sequenceNumbers),
        operationTimeout);
  }

  @Override
  public <T> CompletableFuture<List<ReceivedMessage<T>>> receiveDeferredAsync(
      Class<T> type, Collection<SequenceNumber> sequenceNumbers) {
    return decoding.deferred(receiver, sequenceNumbers, type);
  }

  @Override
  public void close() {
    Waiting.join(doing("release-session", "release "), closeAsync(), operationTimeout);
  }

  @Override
  public CompletableFuture<Void> closeAsync() {
    return receiver.closeAsync();
  }

  private Doing doing(String operation, String words) {
    return Doing.of(operation, receiver.queue(), words + this);
  }

  @Override
  public String toString() {
    return "session '" + receiver.sessionId() + "' of queue '" + receiver.queue() + "'";
  }
}
