package io.queueruntime.listener;

import io.queueruntime.message.ReceivedMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Called with several messages at once; those of a session queue all belong to one session, in
 * order.
 *
 * <p>Results: as of {@link MessageHandler}, for all of them; or a {@link BatchResult} or a list of
 * settlements, one for each message in their order. No replies are sent.
 */
@FunctionalInterface
public interface BatchHandler<T> {

  /** Works on one batch, which has at least one message. */
  @Nullable Object handle(List<ReceivedMessage<T>> messages, Delivery delivery) throws Exception;
}
