package io.queueruntime.servicebus;

import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusMessageBatch;
import com.azure.messaging.servicebus.ServiceBusSenderAsyncClient;
import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.Throttled;
import io.queueruntime.message.QueueName;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Gathers the single messages that many callers send to one queue into batches: what comes while a
 * batch is under way waits for its answer and goes together with the next one, as group commit does
 * for a disk. A caller on its own never waits.
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

  /** One message, and who wants to hear of it. */
  private record Parcel(ServiceBusMessage message, long size, CompletableFuture<Boolean> sent) {}

  private final QueueName queue;
  private final ServiceBusSenderAsyncClient client;
  private final CallbackThreads callbacks;
  private final Deque<Parcel> waiting = new ArrayDeque<>();
  private boolean underWay;
  private boolean oneByOne;

  Gatherer(QueueName queue, ServiceBusSenderAsyncClient client, CallbackThreads callbacks) {
    this.queue = queue;
    this.client = client;
    this.callbacks = callbacks;
  }

  /**
   * Sends the message; the future ends on one of the callback threads, with the SDK's failure if it
   * fails.
   */
  CompletableFuture<Boolean> send(ServiceBusMessage message, long size) {
    Parcel parcel = new Parcel(message, size, new CompletableFuture<>());
    synchronized (this) {
      if (waiting.size() >= WAITING_MAX) {
        return CompletableFuture.failedFuture(tooMany());
      }
      waiting.add(parcel);
      if (underWay) {
        return parcel.sent;
      }
      underWay = true;
    }
    next();
    return parcel.sent;
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
    List<Parcel> taken = take();
    if (taken.isEmpty()) {
      return;
    }
    batch(taken)
        .toFuture()
        .whenComplete((done, error) -> callbacks.execute(() -> ended(taken, error)));
  }

  private synchronized List<Parcel> take() {
    int most = oneByOne ? 1 : BATCH_MAX;
    List<Parcel> taken = new ArrayList<>();
    while (taken.size() < most && !waiting.isEmpty()) {
      taken.add(waiting.remove());
    }
    if (taken.isEmpty()) {
      underWay = false;
    }
    return taken;
  }

  /** Those of the list that did not fit are taken off it, and wait again. */
  private Mono<Boolean> batch(List<Parcel> taken) {
    return client
        .createMessageBatch()
        .flatMap(
            batch -> {
              int count = 0;
              while (count < taken.size() && batch.tryAddMessage(taken.get(count).message)) {
                count++;
              }
              if (count == 0) {
                putBack(taken, 1);
                return Mono.error(tooLarge(taken.get(0).size, batch));
              }
              putBack(taken, count);
              return client.sendMessages(batch).thenReturn(true);
            });
  }

  private synchronized void putBack(List<Parcel> taken, int count) {
    List<Parcel> rest = taken.subList(count, taken.size());
    for (int i = rest.size() - 1; i >= 0; i--) {
      waiting.addFirst(rest.get(i));
    }
    rest.clear();
  }

  private MessageTooLarge tooLarge(long size, ServiceBusMessageBatch batch) {
    return new MessageTooLarge(
        queue.value(),
        "Cannot send to queue '%s': the message takes about %d bytes with its headers, Service Bus takes %d."
            .formatted(queue, size, batch.getMaxSizeInBytes()),
        size,
        batch.getMaxSizeInBytes());
  }

  private void ended(List<Parcel> parcels, @Nullable Throwable error) {
    if (error != null && parcels.size() > 1 && mayBeOfOne(FailureKind.of(error))) {
      alone(parcels, 0, 0);
      return;
    }
    if (parcels.size() == 1) {
      next();
      tell(parcels.get(0), error, false);
      return;
    }
    for (Parcel parcel : parcels) {
      tell(parcel, error, true);
    }
    // Behind the telling: those who send again at once go together then, not the first of them
    // alone.
    callbacks.execute(this::next);
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
  private void tell(Parcel parcel, @Nullable Throwable error, boolean inCompany) {
    Runnable telling =
        () -> {
          if (error == null) {
            parcel.sent.complete(true);
          } else {
            parcel.sent.completeExceptionally(error);
          }
        };
    if (inCompany) {
      callbacks.execute(telling);
    } else {
      telling.run();
    }
  }

  /** The messages of a refused batch, one after the other. */
  private void alone(List<Parcel> parcels, int at, int taken) {
    if (at == parcels.size()) {
      if (taken == parcels.size()) {
        synchronized (this) {
          oneByOne = true;
        }
      }
      next();
      return;
    }
    Parcel parcel = parcels.get(at);
    batch(new ArrayList<>(List.of(parcel)))
        .toFuture()
        .whenComplete(
            (done, error) ->
                callbacks.execute(
                    () -> {
                      tell(parcel, error, true);
                      alone(parcels, at + 1, error == null ? taken + 1 : taken);
                    }));
  }
}
