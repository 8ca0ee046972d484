package io.queueruntime.servicebus;

import com.azure.messaging.servicebus.ServiceBusMessage;
import io.queueruntime.QueueRuntimeException.Throttled;
import io.queueruntime.message.QueueName;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/**
 * Gathers the single messages that many callers send to one queue into batches: what comes while a
 * batch is under way waits for its answer and goes together with the next one, as group commit does
 * for a disk. A caller on its own never waits, and is woken by the SDK's thread that brings the
 * answer.
 *
 * <p>One batch is under way at a time, and so messages arrive in the order in which they came: with
 * two, the second could pass the first while a link opens or a failure is tried again.
 *
 * <p>Service Bus takes a batch whole or not at all. One that it refuses for good is sent again
 * message by message, so that each caller hears of its own message; where the messages were all
 * right and only their company was not (a partitioned queue), batches are not tried any more. After
 * a failure that passes, or whose outcome is unknown, every caller hears of it and may try again
 * with the same message id.
 *
 * <p>Also single messages go as batches: the SDK's own call for one message takes some that are a
 * little smaller than the link allows for sent, without sending them.
 *
 * <p>Thread-safe.
 */
final class Gatherer {

  /** Messages of one batch at most; small ones would otherwise delay its answer for too long. */
  private static final int BATCH_MAX = 500;

  private static final int WAITING_MAX = 100_000;

  private static final Duration WAIT_WHEN_FULL = Duration.ofSeconds(1);

  private final QueueName queue;
  private final Batches batches;
  private final Executor callbacks;
  private final Function<? super Throwable, ? extends Throwable> failure;
  private final Deque<Parcel<?>> waiting = new ArrayDeque<>();
  private boolean underWay;
  private boolean oneByOne;

  /**
   * @param callbacks runs what depends on the futures this hands out, where nobody waits for them
   * @param failure what a failure of the SDK means, asked once for each message before anybody
   *     hears of it
   */
  Gatherer(
      QueueName queue,
      Batches batches,
      Executor callbacks,
      Function<? super Throwable, ? extends Throwable> failure) {
    this.queue = queue;
    this.batches = batches;
    this.callbacks = callbacks;
    this.failure = failure;
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

  /** Sends what waits, as the one who may have a batch under way; gives that up if nothing does. */
  private void next() {
    List<Parcel<?>> taken = take();
    if (!taken.isEmpty()) {
      send(taken, () -> sent(taken), error -> failed(taken, error));
    }
  }

  private synchronized List<Parcel<?>> take() {
    int most = oneByOne ? 1 : BATCH_MAX;
    List<Parcel<?>> taken = new ArrayList<>(Math.min(most, waiting.size()));
    while (taken.size() < most && !waiting.isEmpty()) {
      taken.add(waiting.remove());
    }
    if (taken.isEmpty()) {
      underWay = false;
    }
    return taken;
  }

  /**
   * Sends them in one batch; those of the list that did not fit are taken off it, and wait again.
   *
   * @param sent called on the SDK's thread, which must not be kept
   * @param failed called on a callback thread
   */
  private void send(List<Parcel<?>> taken, Runnable sent, Consumer<Throwable> failed) {
    batches
        .filled(taken, parcel -> parcel.message)
        .flatMap(batch -> send(taken, batch))
        .subscribe(nothing -> {}, error -> callbacks.execute(() -> failed.accept(error)), sent);
  }

  private Mono<Void> send(List<Parcel<?>> taken, Batches.Filled batch) {
    if (batch.isEmpty()) {
      putBack(taken, 1);
      return Mono.error(batches.tooLarge(taken.get(0).size, batch));
    }
    putBack(taken, batch.count());
    return batches.send(batch);
  }

  private synchronized void putBack(List<Parcel<?>> taken, int count) {
    List<Parcel<?>> rest = taken.subList(count, taken.size());
    for (int i = rest.size() - 1; i >= 0; i--) {
      waiting.addFirst(rest.get(i));
    }
    rest.clear();
  }

  /** On the SDK's thread: wakes those who wait, and leaves all else to others. */
  private void sent(List<Parcel<?>> parcels) {
    parcels.forEach(Parcel::sent);
    next();
  }

  private void failed(List<Parcel<?>> parcels, Throwable error) {
    if (parcels.size() > 1 && mayBeOfOne(FailureKind.of(error))) {
      alone(parcels, 0, 0);
      return;
    }
    next();
    parcels.forEach(parcel -> fail(parcel, error));
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
    callbacks.execute(() -> parcel.completeExceptionally(failure.apply(error)));
  }

  /** The messages of a refused batch, one after the other. */
  private void alone(List<Parcel<?>> parcels, int at, int taken) {
    if (at == parcels.size()) {
      if (taken == parcels.size()) {
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
          alone(parcels, at + 1, taken + 1);
        },
        error -> {
          fail(parcel, error);
          alone(parcels, at + 1, taken);
        });
  }
}
