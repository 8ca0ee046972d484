package io.queueruntime.servicebus;

import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Removing all that can be received: the SDK has no call for it. What was enqueued after the
 * beginning stays, so that it ends while others go on sending.
 */
final class Purge {

  /** How long nothing has to come until there is nothing. */
  static final Duration QUIET = Duration.ofMillis(500);

  private static final int AT_ONCE = 256;

  private Purge() {}

  /** Removes what the receiver gets; returns how many. */
  static CompletableFuture<Long> of(QueueReceiver receiver, Instant begun) {
    return further(receiver, begun, 0);
  }

  private static CompletableFuture<Long> further(
      QueueReceiver receiver, Instant begun, long removed) {
    return receiver
        .receive(AT_ONCE, QUIET)
        .thenCompose(
            messages -> {
              List<CompletableFuture<Void>> each =
                  messages.stream()
                      .map(message -> receiver.settle(message, settlement(message, begun)))
                      .toList();
              long old = messages.stream().filter(message -> isOld(message, begun)).count();
              return CompletableFuture.allOf(each.toArray(CompletableFuture<?>[]::new))
                  .thenCompose(
                      done ->
                          old == 0
                              ? CompletableFuture.completedFuture(removed)
                              : further(receiver, begun, removed + old));
            });
  }

  private static boolean isOld(ReceivedMessage<?> message, Instant begun) {
    return !message.enqueuedTime().isAfter(begun);
  }

  private static Settlement settlement(ReceivedMessage<?> message, Instant begun) {
    return isOld(message, begun) ? Settlement.complete() : Settlement.release();
  }
}
