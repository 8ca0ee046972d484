package io.queueruntime.servicebus;

import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.CallbackThreads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import reactor.core.publisher.Flux;

/**
 * Fetching messages by their sequence numbers. Service Bus gives all or, when one of them is not
 * there, none: then they are asked for one by one.
 */
final class Deferred {

  private Deferred() {}

  static CompletableFuture<List<ReceivedMessage<byte[]>>> receive(
      CallbackThreads callbacks,
      Failures failures,
      List<SequenceNumber> numbers,
      Function<List<Long>, Flux<ReceivedMessage<byte[]>>> fetch) {
    List<Long> values = numbers.stream().map(SequenceNumber::value).distinct().toList();
    if (values.isEmpty()) {
      return CompletableFuture.completedFuture(List.of());
    }
    return some(callbacks, values, fetch)
        .thenCompose(
            found ->
                found.isEmpty() && values.size() > 1
                    ? oneByOne(callbacks, values, fetch)
                    : CompletableFuture.completedFuture(found))
        .exceptionallyCompose(error -> CompletableFuture.failedFuture(failures.of(error)));
  }

  private static CompletableFuture<List<ReceivedMessage<byte[]>>> some(
      CallbackThreads callbacks,
      List<Long> values,
      Function<List<Long>, Flux<ReceivedMessage<byte[]>>> fetch) {
    return Answer.of(callbacks, Flux.defer(() -> fetch.apply(values)).collectList())
        .exceptionallyCompose(
            error ->
                FailureKind.of(error) == FailureKind.MESSAGE_NOT_FOUND
                    ? CompletableFuture.completedFuture(List.of())
                    : CompletableFuture.failedFuture(error));
  }

  private static CompletableFuture<List<ReceivedMessage<byte[]>>> oneByOne(
      CallbackThreads callbacks,
      List<Long> values,
      Function<List<Long>, Flux<ReceivedMessage<byte[]>>> fetch) {
    CompletableFuture<List<ReceivedMessage<byte[]>>> all =
        CompletableFuture.completedFuture(new ArrayList<>());
    for (Long value : values) {
      all =
          all.thenCompose(
              found ->
                  some(callbacks, List.of(value), fetch)
                      .handle(
                          (one, error) -> {
                            if (error == null) {
                              found.addAll(one);
                            } else if (found.isEmpty()) {
                              throw new CompletionException(FailureKind.unwrapped(error));
                            }
                            return found; // locked for the caller, who can ask for the rest again
                          }));
    }
    return all;
  }
}
