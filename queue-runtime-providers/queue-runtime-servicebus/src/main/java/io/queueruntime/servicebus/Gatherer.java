package io.queueruntime.servicebus;

import com.azure.messaging.servicebus.ServiceBusMessage;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.Throttled;
import io.queueruntime.message.QueueName;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Gathers the single messages that many callers send to one queue into batches: what comes while a
 * batch is under way waits for its answer and goes together with the next one, as group commit does
 * for a disk. A caller on its own never waits, and is woken by the SDK's thread that brings the
 * answer.
 *
 * <p>One batch is under way at a time, and so messages arrive in the order in which they came: with
 * two, the second could pass the first while a link opens or a failure is tried again. Each batch
 * asks anew for the sender it goes through, so that what waits outlives a sender; what is under way
 * is never sent through another one.
 *
 * <p>Service Bus takes a batch whole or not at all. One that it refuses for good is sent again
 * message by message, so that each caller hears of its own message; where the messages were all
 * right and only their company was not (a partitioned queue), batches are not tried any more. After
 * a failure that passes, or whose outcome is unknown, every caller hears of it and may try again
 * with the same message id.
 *
 * <p>A single message goes as a batch too unless it is small: the SDK's own call for one message
 * takes some that are a little smaller than the link allows for sent, without sending them.
 *
 * <p>Thread-safe.
 */
final class Gatherer {

  /** Messages of one batch at most; small ones would otherwise delay its answer for too long. */
  private static final int BATCH_MAX = 500;

  private static final int WAITING_MAX = 100_000;

  private static final Duration WAIT_WHEN_FULL = Duration.ofSeconds(1);

  private final QueueName queue;
  private final Supplier<OpenSender> senders;
  private final Executor callbacks;
  private final BiConsumer<OpenSender, Throwable> troubled;
  private final Deque<Parcel<?>> waiting = new ArrayDeque<>();

  /** What was taken to be sent and is not over; empty when nothing is under way. */
  private List<Parcel<?>> taken = List.of();

  private boolean underWay;
  private boolean oneByOne;
  private boolean draining;
  private boolean closed;
  private final CompletableFuture<Void> drained = new CompletableFuture<>();

  /**
   * @param senders what the next batch goes through, with a call begun on it
   * @param callbacks runs what depends on the futures this hands out, where nobody waits for them
   * @param troubled told once of each batch that failed, before anybody else hears of it and before
   *     the next batch is sent
   */
  Gatherer(
      QueueName queue,
      Supplier<OpenSender> senders,
      Executor callbacks,
      BiConsumer<OpenSender, Throwable> troubled) {
    this.queue = queue;
    this.senders = senders;
    this.callbacks = callbacks;
    this.troubled = troubled;
  }

  /** One message, and the answer its sender waits for. */
  private static final class Parcel<T> extends Answer<T> {
    private final ServiceBusMessage message;
    private final long size;
    private final T whenSent;

    Parcel(ServiceBusMessage message, long size, T whenSent, Executor callbacks) {
      super(callbacks);
      this.message = message;
      this.size = size;
      this.whenSent = whenSent;
    }

    void sent() {
      answer(whenSent);
    }
  }

  /**
   * Sends the message.
   *
   * @param size about how many bytes it takes
   * @param whenSent what the future comes to once Service Bus has the message
   */
  <T> CompletableFuture<T> send(ServiceBusMessage message, long size, T whenSent) {
    Parcel<T> parcel = new Parcel<>(message, size, whenSent, callbacks);
    synchronized (this) {
      if (draining) {
        return CompletableFuture.failedFuture(notSent());
      }
      if (waiting.size() >= WAITING_MAX) {
        return CompletableFuture.failedFuture(tooMany());
      }
      waiting.add(parcel);
      if (underWay) {
        return parcel;
      }
      underWay = true;
    }
    next();
    return parcel;
  }

  private Throttled tooMany() {
    return new Throttled(
        queue.value(),
        "Cannot send to queue '%s': %d messages wait to be sent already. Send more slowly, or wait for the futures of earlier sends."
            .formatted(queue, WAITING_MAX),
        WAIT_WHEN_FULL,
        null);
  }

  private Closed notSent() {
    return new Closed(
        queue.value(),
        "Cannot send to queue '%s': the provider was closed before the message was sent."
            .formatted(queue));
  }

  private Closed unanswered() {
    return new Closed(
        queue.value(),
        "Cannot send to queue '%s': the provider was closed before Service Bus answered, so that whether it has the message is unknown."
            .formatted(queue));
  }

  /** Sends what waits, as the one who may have a batch under way; gives that up if nothing does. */
  private void next() {
    List<Parcel<?>> parcels = take();
    if (!parcels.isEmpty()) {
      send(parcels, () -> sent(parcels), (sender, error) -> failed(parcels, sender, error));
    } else if (isDrained()) {
      drained.complete(null);
    }
  }

  private synchronized List<Parcel<?>> take() {
    int most = oneByOne ? 1 : BATCH_MAX;
    List<Parcel<?>> parcels = new ArrayList<>(Math.min(most, waiting.size()));
    while (parcels.size() < most && !waiting.isEmpty()) {
      parcels.add(waiting.remove());
    }
    underWay = !parcels.isEmpty();
    taken = parcels;
    return parcels;
  }

  private synchronized boolean isDrained() {
    return draining && !underWay;
  }

  /**
   * Sends them in one batch; those of the list that did not fit are taken off it, and wait again.
   *
   * @param sent called on the SDK's thread, which must not be kept
   * @param failed called on a callback thread
   */
  private void send(
      List<Parcel<?>> parcels, Runnable sent, BiConsumer<@Nullable OpenSender, Throwable> failed) {
    OpenSender sender;
    try {
      sender = senders.get();
    } catch (RuntimeException e) {
      callbacks.execute(() -> failed.accept(null, e));
      return;
    }
    send(parcels, sender.batches())
        .subscribe(
            nothing -> {},
            error -> {
              sender.end();
              callbacks.execute(() -> failed.accept(sender, error));
            },
            () -> {
              sender.end();
              sent.run();
            });
  }

  private Mono<Void> send(List<Parcel<?>> parcels, Batches batches) {
    Parcel<?> first = parcels.get(0);
    return parcels.size() == 1 && batches.isSmall(first.size)
        ? batches.sendAlone(first.message)
        : batches
            .filled(parcels, parcel -> parcel.message)
            .flatMap(batch -> send(parcels, batches, batch));
  }

  private Mono<Void> send(List<Parcel<?>> parcels, Batches batches, Batches.Filled batch) {
    if (batch.isEmpty()) {
      putBack(parcels, 1);
      return Mono.error(batches.tooLarge(parcels.get(0).size, batch));
    }
    putBack(parcels, batch.count());
    return batches.send(batch);
  }

  private synchronized void putBack(List<Parcel<?>> parcels, int count) {
    List<Parcel<?>> rest = parcels.subList(count, parcels.size());
    if (!closed) { // otherwise they have their answer
      for (int i = rest.size() - 1; i >= 0; i--) {
        waiting.addFirst(rest.get(i));
      }
    }
    rest.clear();
  }

  /** On the SDK's thread: wakes those who wait, and leaves all else to others. */
  private void sent(List<Parcel<?>> parcels) {
    parcels.forEach(Parcel::sent);
    next();
  }

  private void failed(List<Parcel<?>> parcels, @Nullable OpenSender sender, Throwable error) {
    if (sender != null && parcels.size() > 1 && mayBeOfOne(FailureKind.of(error))) {
      alone(parcels, 0, 0);
      return;
    }
    trouble(sender, error);
    next();
    parcels.forEach(parcel -> fail(parcel, error));
  }

  private void trouble(@Nullable OpenSender sender, Throwable error) {
    if (sender != null) {
      troubled.accept(sender, error);
    }
  }

  /**
   * Whether one message may be at fault, and not the queue, the connection or the right to send.
   */
  private static boolean mayBeOfOne(FailureKind kind) {
    return kind == FailureKind.NOT_ALLOWED
        || kind == FailureKind.TOO_LARGE
        || kind == FailureKind.LASTING;
  }

  /** Whoever waits may do anything then, which must not keep the others of its batch waiting. */
  private void fail(Parcel<?> parcel, Throwable error) {
    callbacks.execute(() -> parcel.completeExceptionally(Failures.of(queue, "send to").of(error)));
  }

  /** The messages of a refused batch, one after the other. */
  private void alone(List<Parcel<?>> parcels, int at, int accepted) {
    if (at == parcels.size() || isClosed()) {
      if (accepted == parcels.size()) {
        synchronized (this) {
          oneByOne = true;
        }
      }
      next();
      return;
    }
    Parcel<?> parcel = parcels.get(at);
    send(
        new ArrayList<>(List.of(parcel)),
        () -> {
          parcel.sent();
          alone(parcels, at + 1, accepted + 1);
        },
        (sender, error) -> {
          trouble(sender, error);
          fail(parcel, error);
          alone(parcels, at + 1, accepted);
        });
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  /** Takes no more messages; the future ends when all that came are sent, or have failed. */
  CompletableFuture<Void> drain() {
    boolean idle;
    synchronized (this) {
      draining = true;
      idle = !underWay;
    }
    if (idle) {
      drained.complete(null);
    }
    return drained;
  }

  /**
   * Sends nothing more, and fails what has no answer yet. Idempotent.
   *
   * @param telling runs what depends on that, which may take its time
   */
  void close(Executor telling) {
    List<Parcel<?>> unsent;
    List<Parcel<?>> unknown;
    synchronized (this) {
      draining = true;
      closed = true;
      unsent = List.copyOf(waiting);
      waiting.clear();
      unknown = List.copyOf(taken);
      taken = List.of();
    }
    // All are decided first: what depends on one of them may wait for others.
    unknown.forEach(parcel -> parcel.decideFailure(unanswered()));
    unsent.forEach(parcel -> parcel.decideFailure(notSent()));
    unknown.forEach(parcel -> parcel.handOver(telling));
    unsent.forEach(parcel -> parcel.handOver(telling));
  }
}
