package io.queueruntime.servicebus;

import com.azure.messaging.servicebus.ServiceBusReceivedMessage;
import com.azure.messaging.servicebus.ServiceBusReceiverAsyncClient;
import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.MessageState;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.CallbackThreads;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The holder of one session: a link of its own, on which the broker delivers the session's messages
 * in order. What comes while nobody waits stays here for the next receive.
 *
 * <p>The end of the link is the end of the hold: the broker detaches it when the lock runs out, and
 * a link that broke with its connection is not opened anew, because the session may be somebody
 * else's by then. Thread-safe.
 */
final class ServiceBusSession implements SessionReceiver, Intake.Owner {

  private static final Logger log = LoggerFactory.getLogger(ServiceBusSession.class);

  private final QueueName queue;
  private final SessionId sessionId;
  private final ServiceBusReceiverAsyncClient client;
  private final ProviderTime time;
  private final CallbackThreads callbacks;
  private final long maxStateSize;
  private final IncomingConversion conversion;
  private final Deliveries deliveries;
  private final Settling settling;
  private final Intake intake;
  private final CompletableFuture<Void> over = new CompletableFuture<>();
  private volatile Instant lockedUntil;
  private volatile @Nullable SessionLockLost lost;
  private volatile boolean closed;
  private boolean ending;

  /**
   * @param requests for settlements that the link refuses
   */
  ServiceBusSession(
      QueueName queue,
      SessionId sessionId,
      ServiceBusReceiverAsyncClient client,
      Requests requests,
      Instant lockedUntil,
      ProviderTime time,
      CallbackThreads callbacks,
      long maxStateSize) {
    this.queue = queue;
    this.sessionId = sessionId;
    this.client = client;
    this.lockedUntil = lockedUntil;
    this.time = time;
    this.callbacks = callbacks;
    this.maxStateSize = maxStateSize;
    this.conversion = new IncomingConversion(queue, SubQueue.MAIN, time);
    this.deliveries = new Deliveries(time);
    this.settling =
        new Settling(queue, () -> client, requests, deliveries, time, callbacks, true, this::lose);
    this.intake = new Intake(time, callbacks, true, this);
  }

  /** Listens to the link, to learn of its end; no message is asked for. */
  void begin() {
    intake.attach(client.receiveMessages().map(this::delivered));
  }

  private ReceivedMessage<byte[]> delivered(ServiceBusReceivedMessage wire) {
    ReceivedMessage<byte[]> message = conversion.delivered(wire);
    deliveries.add(wire, message);
    return message;
  }

  /** Completes when the session is given back or lost, and the link is gone. */
  CompletableFuture<Void> over() {
    return over;
  }

  /** Whether the hold ended otherwise than by giving it back. */
  boolean wasLost() {
    return lost != null;
  }

  @Override
  public QueueName queue() {
    return queue;
  }

  @Override
  public SessionId sessionId() {
    return sessionId;
  }

  @Override
  public Instant lockedUntil() {
    return lockedUntil;
  }

  /**
   * Why the session is not held any more; null while it is. A new one each time, since whoever gets
   * it notes on it what it kept him from.
   */
  private @Nullable SessionLockLost lostForAnother() {
    SessionLockLost first = lost;
    return first == null
        ? null
        : new SessionLockLost(queue.value(), String.valueOf(first.getMessage()), first);
  }

  /** Makes the call unless it is known that the session is not held any more. */
  private <T> CompletableFuture<T> whileHeld(Supplier<CompletableFuture<T>> call) {
    SessionLockLost failure = lostForAnother();
    if (closed) {
      return Failures.closed(queue, "this holder of session '" + sessionId + "'");
    } else if (failure != null) {
      return CompletableFuture.failedFuture(failure);
    }
    return call.get();
  }

  /**
   * A call from whose failure it may be learned that the session is lost; one that fails because
   * that came in between, and its client was closed, says so.
   */
  private <T> CompletableFuture<T> telling(Supplier<CompletableFuture<T>> call) {
    return whileHeld(call)
        .exceptionallyCompose(
            error -> {
              Throwable told = FailureKind.unwrapped(error);
              SessionLockLost meanwhile = lostForAnother();
              if (told instanceof SessionLockLost found) {
                lose(found);
              } else if (meanwhile != null) {
                told = meanwhile;
              }
              return CompletableFuture.failedFuture(told);
            });
  }

  private <T> CompletableFuture<T> ask(String attempt, Supplier<Mono<T>> call) {
    Failures failures =
        new Failures(queue, attempt + " session '" + sessionId + "' of queue '" + queue + "'");
    return failures.translate(Answer.of(callbacks, Mono.defer(call)));
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> receive(
      int maxMessages, Duration maxWait) {
    Optional<ValidationFailed> refused = Receiving.check(queue, maxMessages);
    SessionLockLost failure = lostForAnother();
    if (refused.isPresent()) {
      return CompletableFuture.failedFuture(refused.get());
    } else if (closed) {
      return Failures.closed(queue, "this holder of session '" + sessionId + "'");
    } else if (failure != null) {
      return CompletableFuture.failedFuture(failure);
    }
    CompletableFuture<List<ReceivedMessage<byte[]>>> receive =
        intake.receive(maxMessages, Receiving.wait(maxWait));
    if (closed) { // meanwhile, and what ended them may not have seen this one
      intake.endAll();
    }
    SessionLockLost lostMeanwhile = lostForAnother();
    if (lostMeanwhile != null) {
      intake.failAll(lostMeanwhile);
    }
    return receive;
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> receiveDeferred(
      Collection<SequenceNumber> sequenceNumbers) {
    return telling(
        () ->
            Deferred.receive(
                callbacks,
                Failures.of(queue, "receive deferred messages of session '" + sessionId + "' of"),
                List.copyOf(sequenceNumbers),
                some -> client.receiveDeferredMessages(some).map(this::delivered)));
  }

  /** A look needs no hold, a holder's look does: the state is asked for to learn whether it is. */
  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      SequenceNumber from, int maxMessages) {
    return state()
        .thenCompose(
            held ->
                Peeking.peek(
                    callbacks,
                    conversion,
                    Failures.of(queue, "look into session '" + sessionId + "' of"),
                    from,
                    maxMessages,
                    (count, first) -> client.peekMessages(count, first).map(conversion::seen)));
  }

  /** What comes back has its place before what came meanwhile, also in this holder's hands. */
  @Override
  public CompletableFuture<Void> settle(ReceivedMessage<?> message, Settlement settlement) {
    boolean returns =
        settlement instanceof Settlement.Abandon || settlement instanceof Settlement.Release;
    if (!returns || message.lockToken().flatMap(deliveries::find).isEmpty()) {
      return whileHeld(() -> settling.settle(message, settlement));
    }
    intake.returns(message.sequenceNumber());
    return whileHeld(() -> settling.settle(message, settlement))
        .whenComplete(
            (settled, error) -> {
              if (error != null) {
                intake.returnsNot(message.sequenceNumber());
              }
            });
  }

  @Override
  public CompletableFuture<Boolean> canReturn(SequenceNumber number) {
    return Peeking.peek(
            callbacks,
            conversion,
            Failures.of(queue, "look into session '" + sessionId + "' of"),
            number,
            1,
            (count, first) -> client.peekMessages(count, first).map(conversion::seen))
        .thenApply(
            seen ->
                !seen.isEmpty()
                    && seen.get(0).sequenceNumber().equals(number)
                    && seen.get(0).state() == MessageState.ACTIVE);
  }

  @Override
  public CompletableFuture<Instant> renewLock(ReceivedMessage<?> message) {
    Optional<LockToken> token = message.lockToken();
    if (token.flatMap(deliveries::find).isEmpty() && lost == null && !closed) {
      return CompletableFuture.failedFuture(
          new InvalidReceipt(
              queue.value(),
              "Cannot renew the lock of message '%s' of queue '%s': its delivery has ended, or was not received from this holder of session '%s'."
                  .formatted(message.messageId(), message.queue(), sessionId)));
    }
    return renewSessionLock();
  }

  @Override
  public CompletableFuture<Instant> renewSessionLock() {
    return telling(
        () ->
            ask("renew the lock of", client::renewSessionLock)
                .thenApply(
                    until -> {
                      Instant renewed = time.fromBroker(until.toInstant());
                      lockedUntil = renewed;
                      deliveries.allRenewed(renewed);
                      return renewed;
                    }));
  }

  @Override
  public CompletableFuture<Optional<byte[]>> state() {
    return telling(
        () -> ask("read the state of", client::getSessionState).thenApply(Optional::ofNullable));
  }

  @Override
  public CompletableFuture<Void> setState(byte @Nullable [] state) {
    if (state != null && state.length > maxStateSize) {
      return CompletableFuture.failedFuture(
          new MessageTooLarge(
              queue.value(),
              "Cannot store a state of %d bytes with session '%s' of queue '%s': it takes %d at most."
                  .formatted(state.length, sessionId, queue, maxStateSize),
              state.length,
              maxStateSize));
    }
    return telling(() -> ask("store the state of", () -> setSessionState(state)));
  }

  @SuppressWarnings("NullAway") // null takes the state away, as the SDK documents
  private Mono<Void> setSessionState(byte @Nullable [] state) {
    return client.setSessionState(state);
  }

  @Override
  public RuntimeException translate(Throwable error) {
    SessionLockLost failure = lostForAnother();
    return failure == null ? lockLost(error) : failure;
  }

  private SessionLockLost lockLost(@Nullable Throwable error) {
    return new SessionLockLost(
        queue.value(),
        "Session '%s' of queue '%s' is not held any more: %s. Accept it anew; what was not settled is delivered again."
            .formatted(
                sessionId,
                queue,
                error == null
                    ? "its link was closed"
                    : FailureKind.of(error) == FailureKind.SESSION_LOCK_LOST
                        ? "its lock ran out"
                        : "its link broke: " + FailureKind.unwrapped(error).getMessage()),
        error);
  }

  /** A session's messages are never late: nobody else waits for them. */
  @Override
  public void giveBack(List<ReceivedMessage<byte[]>> late) {
    log.debug("{} messages of session '{}' came after its end.", late.size(), sessionId);
  }

  @Override
  public boolean ended(@Nullable Throwable error) {
    if (!closed) {
      lose(lockLost(error));
    }
    return false;
  }

  /** The session is somebody else's from now on, or nobody's. */
  void lose(SessionLockLost failure) {
    synchronized (this) {
      if (lost != null || closed) {
        return;
      }
      lost = failure;
    }
    log.debug("Session '{}' of queue '{}' is lost.", sessionId, queue, failure);
    intake.failAll(failure);
    end();
    over.complete(null); // closing a link that the broker has ended already may take its time
  }

  @Override
  public CompletableFuture<Void> closeAsync() {
    synchronized (this) {
      if (lost == null) {
        closed = true;
      }
    }
    intake.endAll();
    end();
    return over.copy();
  }

  private void end() {
    synchronized (this) {
      if (ending) {
        return;
      }
      ending = true;
    }
    callbacks.execute(
        () -> {
          Blocking.close(client::close);
          intake.detach();
          over.complete(null);
        });
  }

  @Override
  public void close() {
    try {
      closeAsync().join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }
}
