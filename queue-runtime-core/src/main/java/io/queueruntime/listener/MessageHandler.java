package io.queueruntime.listener;

import io.queueruntime.message.ReceivedMessage;
import org.jspecify.annotations.Nullable;

/**
 * What a user writes: called with one message, its result decides what becomes of it.
 *
 * <p>Results: {@code null} or any value: complete; a value where the message has a reply-to, or the
 * listener a destination for replies: send it, then complete; a {@link
 * io.queueruntime.provider.Settlement}: as it says; a {@code CompletionStage} or a reactive {@code
 * Publisher} of any of these: once it has ended. An exception: a failure, unless it says otherwise
 * ({@link DeadLetterException}, {@link AbandonException}).
 *
 * <p>Called by several threads at once when the concurrency is above 1.
 */
@FunctionalInterface
public interface MessageHandler<T> {

  /** Works on one message. */
  @Nullable Object handle(ReceivedMessage<T> message, Delivery delivery) throws Exception;
}
