package io.queueruntime.servicebus;

import io.queueruntime.message.MessageState;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Removing all that can be received: the SDK has no call for it. What was enqueued after the
 * beginning stays, so that it ends while others go on sending.
 *
 * <p>Nothing that comes for a moment does not mean that nothing is there: a link may take longer to
 * open. So the broker is asked what is there, and only what does not come for {@link #PATIENCE} is
 * taken for held by somebody else, which the broker does not tell.
 */
final class Purge {

  /** How long one look at what comes takes, where nothing comes. */
  static final Duration QUIET = Duration.ofMillis(500);

  /** Looks in a row that may find nothing while something is there. */
  static final int LOOKS_MAX = 10;

  /** How long what is there may take to come. */
  static final Duration PATIENCE = QUIET.multipliedBy(LOOKS_MAX);

  private static final int AT_ONCE = 256;
  private static final int PAGE = 250;

  private Purge() {}

  /** Removes what the receiver gets; returns how many. */
  static CompletableFuture<Long> of(QueueReceiver receiver, Instant begun) {
    return further(receiver, begun, 0, 0);
  }

  private static CompletableFuture<Long> further(
      QueueReceiver receiver, Instant begun, long removed, int inVain) {
    if (inVain == LOOKS_MAX) {
      return CompletableFuture.completedFuture(removed);
    }
    return isLeft(receiver, begun)
        .thenCompose(
            left ->
                left
                    ? some(receiver, begun)
                        .thenCompose(
                            old ->
                                further(receiver, begun, removed + old, old > 0 ? 0 : inVain + 1))
                    : CompletableFuture.completedFuture(removed));
  }

  /** Whether anything is there that may be received and is to be removed, held or not. */
  static CompletableFuture<Boolean> isLeft(QueueReceiver receiver, Instant begun) {
    return isLeft(receiver, begun, SequenceNumber.START);
  }

  private static CompletableFuture<Boolean> isLeft(
      QueueReceiver receiver, Instant begun, SequenceNumber from) {
    return receiver
        .peek(from, PAGE)
        .thenCompose(
            page -> {
              boolean found =
                  page.stream()
                      .anyMatch(message -> isOld(message, begun) && canBeReceived(message));
              if (found || page.isEmpty()) {
                return CompletableFuture.completedFuture(found);
              }
              ReceivedMessage<byte[]> last = page.get(page.size() - 1);
              return isOld(last, begun) || !canBeReceived(last)
                  ? isLeft(receiver, begun, last.sequenceNumber().next())
                  : CompletableFuture.completedFuture(false);
            });
  }

  private static boolean canBeReceived(ReceivedMessage<?> message) {
    return message.state() != MessageState.SCHEDULED && message.state() != MessageState.DEFERRED;
  }

  /** One look; returns how many it removed. */
  private static CompletableFuture<Long> some(QueueReceiver receiver, Instant begun) {
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
                  .thenApply(done -> old);
            });
  }

  private static boolean isOld(ReceivedMessage<?> message, Instant begun) {
    return !message.enqueuedTime().isAfter(begun);
  }

  private static Settlement settlement(ReceivedMessage<?> message, Instant begun) {
    return isOld(message, begun) ? Settlement.complete() : Settlement.release();
  }
}
