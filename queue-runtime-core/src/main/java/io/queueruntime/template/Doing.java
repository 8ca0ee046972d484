package io.queueruntime.template;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.provider.TransientRetry;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What a caller wants done, for errors to say. Immutable.
 *
 * @param operation its name in {@link QueueRuntimeException#operation()}
 * @param messageId the one message it is about, if it is about one
 * @param words the same for people, to be read after "Cannot"
 */
record Doing(String operation, QueueName queue, @Nullable String messageId, String words) {

  /** Something with a queue. */
  static Doing of(String operation, QueueName queue, String words) {
    return new Doing(operation, queue, null, words);
  }

  /** Something with one message. */
  static Doing with(ReceivedMessage<?> message, String operation, String words) {
    return new Doing(operation, message.queue(), message.messageId(), words + " " + message);
  }

  /** The failure as it is, and knowing what it kept from being done. */
  Throwable noted(Throwable error) {
    Throwable failure = TransientRetry.unwrap(error);
    if (failure instanceof QueueRuntimeException known) {
      known.during(operation, messageId);
    }
    return failure;
  }

  /** The future, whose failure will know what it kept from being done. */
  <T> CompletableFuture<T> noted(CompletableFuture<T> future) {
    return Following.of(this, future, CompletableFuture::completedFuture, value -> {});
  }
}
