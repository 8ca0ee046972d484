package io.queueruntime.listener;

import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.provider.Settlement;
import org.jspecify.annotations.Nullable;

/** Decides what becomes of a message whose handler failed. Called by several threads at once. */
@FunctionalInterface
public interface QueueErrorHandler {

  /**
   * The settlement for that failure; null: as the listener's own rules say. Should this throw, the
   * rules say it too.
   *
   * @param failure what the handler threw, or a {@code TimeoutException} when it took too long
   */
  @Nullable Settlement onError(ReceivedMessage<byte[]> message, Throwable failure);
}
