package io.queueruntime.servicebus;

import com.azure.core.amqp.exception.AmqpException;
import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.CallbackThreads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import reactor.core.publisher.Flux;

/**
 * Looking at messages: page after page, since Service Bus cuts a page to a size of its own.
 *
 * <p>The SDK fails for a whole page when it cannot read one message of it, and does not tell which.
 * That one is found by asking for smaller pages, and stands among the others without its content,
 * see {@link IncomingConversion#unreadable}. Of several in a row the last one stands for all, as
 * nothing tells where the others are.
 *
 * <p>Used once. Its steps follow one another.
 */
final class Peeking {

  private static final int PAGE_MAX = 250;

  /** A page of messages from a sequence number on. */
  interface Page {
    Flux<ReceivedMessage<byte[]>> of(int count, long from);
  }

  private final CallbackThreads callbacks;
  private final IncomingConversion conversion;
  private final int max;
  private final Page page;
  private final List<ReceivedMessage<byte[]>> seen = new ArrayList<>();

  private Peeking(CallbackThreads callbacks, IncomingConversion conversion, int max, Page page) {
    this.callbacks = callbacks;
    this.conversion = conversion;
    this.max = max;
    this.page = page;
  }

  static CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      CallbackThreads callbacks,
      IncomingConversion conversion,
      Failures failures,
      SequenceNumber from,
      int max,
      Page page) {
    if (max < 1) {
      return CompletableFuture.failedFuture(
          new ValidationFailed(
              failures.queue() == null ? null : failures.queue().value(),
              "Cannot %s: at least 1 message is looked at, found %d."
                  .formatted(failures.attempt(), max)));
    }
    return failures.translate(
        new Peeking(callbacks, conversion, max, page).further(from.value(), PAGE_MAX));
  }

  private CompletableFuture<List<ReceivedMessage<byte[]>>> ask(long from, int count) {
    return Answer.of(callbacks, Flux.defer(() -> page.of(count, from)).collectList());
  }

  private CompletableFuture<List<ReceivedMessage<byte[]>>> further(long from, int most) {
    int count = Math.min(most, max - seen.size());
    if (count == 0) {
      return CompletableFuture.completedFuture(seen);
    }
    return ask(from, count)
        .handle(
            (some, error) -> {
              if (error != null) {
                return unread(from, count, error);
              }
              seen.addAll(some);
              return some.isEmpty()
                  ? CompletableFuture.completedFuture(seen)
                  : further(
                      some.get(some.size() - 1).sequenceNumber().value() + 1,
                      Math.min(PAGE_MAX, 2 * most));
            })
        .thenCompose(Function.identity());
  }

  private CompletableFuture<List<ReceivedMessage<byte[]>>> unread(
      long from, int count, Throwable error) {
    if (!isOfOneMessage(error)) {
      return CompletableFuture.failedFuture(error);
    } else if (count > 1) {
      return further(from, count / 2);
    }
    return lastUnreadable(from, 1)
        .thenCompose(
            last -> {
              seen.add(conversion.unreadable(SequenceNumber.of(last), error));
              return further(last + 1, 1);
            });
  }

  /** Whether the SDK itself failed over what it got, and not Service Bus over what it was asked. */
  private static boolean isOfOneMessage(Throwable error) {
    for (Throwable cause = FailureKind.unwrapped(error); cause != null; cause = cause.getCause()) {
      if (cause instanceof AmqpException || cause instanceof QueueRuntimeException) {
        return false;
      }
    }
    return FailureKind.of(error) == FailureKind.LASTING;
  }

  /**
   * The place of a message that cannot be read: the look from there on fails, that from the next
   * place on does not. In steps that grow, then between the last two.
   *
   * @param fails a look from there on fails
   */
  private CompletableFuture<Long> lastUnreadable(long fails, long step) {
    long ahead = fails > Long.MAX_VALUE - step ? Long.MAX_VALUE : fails + step;
    return isReadable(ahead)
        .thenCompose(
            readable ->
                readable || ahead == Long.MAX_VALUE
                    ? between(fails, ahead)
                    : lastUnreadable(ahead, 2 * step));
  }

  private CompletableFuture<Long> between(long fails, long works) {
    if (works - fails <= 1) {
      return CompletableFuture.completedFuture(fails);
    }
    long middle = fails + (works - fails) / 2;
    return isReadable(middle)
        .thenCompose(readable -> readable ? between(fails, middle) : between(middle, works));
  }

  /** Whether the first message from there on can be read, or there is none. */
  private CompletableFuture<Boolean> isReadable(long from) {
    return ask(from, 1)
        .handle(
            (some, error) ->
                error == null || isOfOneMessage(error)
                    ? CompletableFuture.completedFuture(error == null)
                    : CompletableFuture.<Boolean>failedFuture(error))
        .thenCompose(Function.identity());
  }
}
