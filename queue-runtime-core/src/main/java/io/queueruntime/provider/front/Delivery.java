package io.queueruntime.provider.front;

import java.util.concurrent.CompletableFuture;

/**
 * One message that the broker has handed to this process and waits for the end of. Implementations
 * are thread-safe; what they are told, they may tell the broker later.
 */
public interface Delivery {

  FoundMessage message();

  /** What it came through; with it all its deliveries end. */
  Object through();

  /**
   * The message is removed for good. Completes once that is durable; with false when the delivery
   * had ended, so that the message comes again.
   */
  CompletableFuture<Boolean> acknowledge();

  /**
   * Back to the broker, for whoever takes it there. Only called of feeds that {@link
   * Feed#returnsOne() return one}.
   *
   * @param failed whether it had been handed to somebody who did not complete it
   */
  void giveBack(boolean failed);

  /**
   * Puts a copy with its reason into the dead-letter queue, durably, and removes the message.
   * Completes with false when the copy was made, but the delivery had ended; fails when no copy was
   * made.
   */
  CompletableFuture<Boolean> deadLetter(Letter letter);
}
