package io.queueruntime.servicebus;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import reactor.core.publisher.Flux;

/** Looking at messages: page after page, since Service Bus cuts a page to a size of its own. */
final class Peeking {

  private static final int PAGE_MAX = 250;

  private Peeking() {}

  static CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      CallbackThreads callbacks,
      Failures failures,
      SequenceNumber from,
      int max,
      BiFunction<Long, Integer, Flux<ReceivedMessage<byte[]>>> page) {
    if (max < 1) {
      return CompletableFuture.failedFuture(
          new ValidationFailed(
              failures.queue() == null ? null : failures.queue().value(),
              "Cannot %s: at least 1 message is looked at, found %d."
                  .formatted(failures.attempt(), max)));
    }
    return failures.translate(further(callbacks, new ArrayList<>(), from.value(), max, page));
  }

  private static CompletableFuture<List<ReceivedMessage<byte[]>>> further(
      CallbackThreads callbacks,
      List<ReceivedMessage<byte[]>> seen,
      long from,
      int max,
      BiFunction<Long, Integer, Flux<ReceivedMessage<byte[]>>> page) {
    int count = Math.min(PAGE_MAX, max - seen.size());
    return callbacks
        .call(Flux.defer(() -> page.apply(from, count)).collectList())
        .thenCompose(
            some -> {
              seen.addAll(some);
              if (some.isEmpty() || seen.size() >= max) {
                return CompletableFuture.completedFuture(seen);
              }
              long next = some.get(some.size() - 1).sequenceNumber().value() + 1;
              return further(callbacks, seen, next, max, page);
            });
  }
}
