package io.queueruntime.provider.front;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.MessageState;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.TransientRetry;
import io.queueruntime.store.QueueStateStore;
import io.queueruntime.store.StoredMessages;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The fronts of all queues that were received from here, and how callers get at them. Thread-safe.
 */
public final class Fronts {

  private final FrontHost host;
  private final @Nullable Schedules schedules;
  private final Map<Place, Front> fronts = new ConcurrentHashMap<>();

  private record Place(QueueName queue, SubQueue subQueue) {}

  public Fronts(FrontHost host) {
    this.host = host;
    this.schedules = host.store().map(store -> new Schedules(host, store.scheduled())).orElse(null);
  }

  // For callers

  /** See {@link io.queueruntime.provider.QueueProvider#receiver}. */
  public QueueReceiver receiver(QueueName queue, SubQueue subQueue) {
    return new FrontReceiver(queue, subQueue, this);
  }

  /** See {@link io.queueruntime.provider.QueueProvider#acceptSession}. */
  public CompletableFuture<SessionReceiver> acceptSession(
      QueueName queue, SessionId sessionId, Duration maxWait) {
    AcceptWait wait = new AcceptWait();
    Following<SessionReceiver> accepted = new Following<>(wait);
    with(
        queue,
        SubQueue.MAIN,
        wait.future,
        front -> {
          checkSessions(front, queue);
          accepted.front = front;
          front.sessions().accept(sessionId, wait, maxWait);
        });
    wait.future.whenComplete(
        (hold, failure) ->
            accepted.follow(failure, () -> session(queue, hold.orElseThrow(), accepted.front)));
    return accepted;
  }

  /** See {@link io.queueruntime.provider.QueueProvider#acceptNextSession}. */
  public CompletableFuture<Optional<SessionReceiver>> acceptNextSession(
      QueueName queue, Duration maxWait) {
    AcceptWait wait = new AcceptWait();
    Following<Optional<SessionReceiver>> accepted = new Following<>(wait);
    with(
        queue,
        SubQueue.MAIN,
        wait.future,
        front -> {
          checkSessions(front, queue);
          accepted.front = front;
          front.sessions().acceptNext(wait, maxWait);
        });
    wait.future.whenComplete(
        (hold, failure) ->
            accepted.follow(
                failure, () -> hold.map(found -> session(queue, found, accepted.front))));
    return accepted;
  }

  private SessionReceiver session(QueueName queue, SessionHold hold, @Nullable Front front) {
    if (front == null) {
      throw new IllegalStateException("A session was held of no queue.");
    }
    return new FrontSession(queue, hold, front, this);
  }

  private static void checkSessions(Front front, QueueName queue) {
    if (!front.hasSessions()) {
      throw new ValidationFailed(
          queue.value(),
          "Queue '%s' has no sessions; receive from it without one.".formatted(queue));
    }
  }

  CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      QueueName queue,
      SubQueue subQueue,
      @Nullable SessionId session,
      SequenceNumber from,
      int max) {
    if (max < 1) {
      return CompletableFuture.failedFuture(
          new ValidationFailed(
              queue.value(), "At least 1 message is peeked at, found " + max + "."));
    }
    if (host.isClosed()) {
      return CompletableFuture.failedFuture(host.closed(queue));
    }
    QueueStateStore store = host.store().orElse(null);
    if (store == null || subQueue == SubQueue.DEAD_LETTER) {
      return host.peek(queue, subQueue, session, from, max);
    }
    StoredLook scheduled = new StoredLook(store.scheduled(), MessageState.SCHEDULED, host.time());
    StoredLook deferred = new StoredLook(store.deferred(), MessageState.DEFERRED, host.time());
    // in the order in which messages go, so that none is missed that is just going
    return scheduled
        .peek(queue, session, from, max)
        .thenCompose(
            later ->
                host.peek(queue, subQueue, session, from, max)
                    .thenApply(found -> StoredLook.merge(found, later, max)))
        .thenCompose(
            found ->
                deferred
                    .peek(queue, session, from, max)
                    .thenApply(aside -> StoredLook.merge(found, aside, max)));
  }

  CompletableFuture<List<ReceivedMessage<byte[]>>> receiveDeferred(
      QueueName queue, SubQueue subQueue, Collection<SequenceNumber> numbers) {
    if (host.store().isEmpty()) {
      return unsupported(queue, Capability.DEFER);
    }
    CompletableFuture<List<ReceivedMessage<byte[]>>> received = new CompletableFuture<>();
    with(
        queue,
        subQueue,
        received,
        front -> {
          Deferral deferral = front.deferral();
          if (front.hasSessions()) {
            throw new ValidationFailed(
                queue.value(),
                "Queue '%s' has sessions; accept one of them to receive its deferred messages."
                    .formatted(queue));
          }
          if (deferral == null) {
            received.complete(List.of()); // dead letters are never deferred
          } else {
            deferral.receive(null, numbers, received);
          }
        });
    return received;
  }

  // For the provider

  /** The front of a queue, if anything was received from it. */
  public @Nullable Front find(QueueName queue, SubQueue subQueue) {
    return fronts.get(new Place(queue, subQueue));
  }

  /** The front of a queue; looks the queue up, and blocks for it, when it is not known. */
  public Front of(QueueName queue, SubQueue subQueue) {
    open(queue);
    Place place = new Place(queue, subQueue);
    Front known = fronts.get(place);
    if (known != null && host.isFresh(queue)) {
      return known;
    }
    FrontQueue found = host.find(queue);
    return fronts.computeIfAbsent(
        place, missing -> new Front(host, found, subQueue == SubQueue.DEAD_LETTER));
  }

  private void open(QueueName queue) {
    if (host.isClosed()) {
      throw host.closed(queue);
    }
  }

  /**
   * Does something with a front, at once where the queue is known, so that what is asked in a row
   * happens in that order; what it throws fails the future.
   */
  void with(QueueName queue, SubQueue subQueue, CompletableFuture<?> future, Consumer<Front> work) {
    Runnable asked =
        () ->
            run(
                queue,
                future,
                () -> {
                  Front front = of(queue, subQueue);
                  front.requireCheck();
                  work.accept(front);
                });
    if (host.isClosed()) {
      future.completeExceptionally(host.closed(queue));
    } else if (host.isFresh(queue)) {
      asked.run();
    } else {
      host.callbacks().execute(asked);
    }
  }

  private void run(QueueName queue, CompletableFuture<?> future, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      future.completeExceptionally(host.failure(queue, "use queue '%s'".formatted(queue), e));
    }
  }

  /**
   * The queue was deleted: what comes later of its name is another one. Who waits is told so, what
   * was received is void, and nothing is received from the broker any more when this returns, so
   * that nobody takes from the next queue what is held of this one. Blocks.
   */
  public void forget(QueueName queue) {
    for (SubQueue subQueue : SubQueue.values()) {
      Front front = fronts.remove(new Place(queue, subQueue));
      if (front != null) {
        front.gone();
      }
    }
    if (schedules != null) {
      schedules.forget(queue);
    }
    host.store().ifPresent(store -> forgetStored(store, queue));
  }

  /** Those to be sent later; {@code null} without a state store. */
  public @Nullable Schedules schedules() {
    return schedules;
  }

  /** Somebody sends to that queue, or receives from it. */
  void used(QueueName queue) {
    if (schedules != null) {
      schedules.use(queue);
    }
  }

  /**
   * Keeps a message in the state store until it is due; completes once that is durable.
   *
   * @param mark what it bears since it was sent under a duplicate window, if it was
   * @param id of the message, also where the sender gave none
   */
  public CompletableFuture<SendReceipt> schedule(
      QueueName queue,
      OutgoingMessage message,
      @Nullable CopyMark mark,
      String id,
      SequenceNumber number) {
    if (schedules == null) {
      return unsupported(queue, Capability.SCHEDULE);
    }
    return schedules
        .put(KeptMessage.of(queue, message, mark, id, number, host.time().now()))
        .thenApplyAsync(
            kept -> new SendReceipt(id, SendOutcome.ENQUEUED, number), host.callbacks());
  }

  /** See {@link io.queueruntime.provider.QueueSender#cancelScheduled}. */
  public CompletableFuture<Boolean> cancelScheduled(QueueName queue, SequenceNumber number) {
    return schedules == null || host.isClosed()
        ? unsupported(queue, Capability.CANCEL_SCHEDULED)
        : schedules.cancel(queue, number);
  }

  /**
   * How many messages of a queue the store sends later, at most {@link StoredMessages#MAX_COUNT}.
   * Blocks.
   */
  public int scheduled(QueueName queue) {
    return host.store().map(store -> count(queue, store.scheduled())).orElse(0);
  }

  /**
   * How many messages of a queue are deferred, at most {@link StoredMessages#MAX_COUNT}. Blocks.
   */
  public int deferred(QueueName queue) {
    return host.store().map(store -> count(queue, store.deferred())).orElse(0);
  }

  private int count(QueueName queue, StoredMessages messages) {
    try {
      return messages.count(queue).join();
    } catch (CompletionException e) {
      throw host.failure(
          queue,
          "count the messages of queue '%s' in the state store".formatted(queue),
          TransientRetry.unwrap(e));
    }
  }

  private void forgetStored(QueueStateStore store, QueueName queue) {
    try {
      store.deleteQueue(queue).join();
    } catch (CompletionException e) {
      throw host.failure(
          queue,
          "delete what the state store '%s' keeps of queue '%s'".formatted(store.name(), queue),
          TransientRetry.unwrap(e));
    }
  }

  <T> CompletableFuture<T> unsupported(QueueName queue, Capability capability) {
    return CompletableFuture.failedFuture(
        host.isClosed() ? host.closed(queue) : host.unsupported(queue, capability));
  }

  QueueRuntimeException notFromHere(QueueName queue, ReceivedMessage<?> message) {
    open(queue);
    return new InvalidReceipt(
        queue.value(),
        "Message '%s' of queue '%s' cannot be settled here: nothing was received from here."
            .formatted(message.messageId(), queue));
  }

  /** Gives back everything that is not settled, in its order, and ends all waits. Blocks. */
  public void close() {
    if (schedules != null) {
      schedules.close();
    }
    fronts.forEach((place, front) -> front.close(host.closed(place.queue())));
  }

  /** What a caller gets for a wait: cancelling it ends the wait, and a hold that came too late. */
  private static final class Following<T> extends CompletableFuture<T> {
    private final AcceptWait wait;
    private volatile @Nullable Front front;

    Following(AcceptWait wait) {
      this.wait = wait;
    }

    void follow(@Nullable Throwable failure, Supplier<T> value) {
      if (failure != null) {
        completeExceptionally(failure);
      } else {
        T found = value.get();
        if (!complete(found)) {
          giveBack(found);
        }
      }
    }

    private void giveBack(T found) {
      if (found instanceof SessionReceiver session) {
        session.closeAsync();
      } else if (found instanceof Optional<?> some
          && some.isPresent()
          && some.get() instanceof SessionReceiver session) {
        session.closeAsync();
      }
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
      boolean cancelled = super.cancel(mayInterrupt);
      wait.future.cancel(mayInterrupt);
      return cancelled;
    }
  }
}
