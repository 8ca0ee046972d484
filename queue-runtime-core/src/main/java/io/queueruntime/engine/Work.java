package io.queueruntime.engine;

import io.queueruntime.message.LockToken;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import org.jspecify.annotations.Nullable;

/**
 * One part of a transaction: what {@link QueueEngine#transact} does together with others or not at
 * all. Each means what the engine's method of that name means.
 *
 * <p>Immutable.
 */
public sealed interface Work {

  /** The queue it is about. */
  QueueName queue();

  /**
   * Sends a message, also a scheduled one; a full queue refuses it at once.
   *
   * @param place reserved for it, which only a scheduled message can have; without one it takes a
   *     place at the end
   */
  record Send(QueueName queue, OutgoingMessage message, @Nullable Place place) implements Work {

    public Send(QueueName queue, OutgoingMessage message) {
      this(queue, message, null);
    }
  }

  /** Something done with a delivery that is held. */
  sealed interface Settlement extends Work {

    /** The proof that it is held. */
    LockToken token();
  }

  record Complete(QueueName queue, LockToken token) implements Settlement {}

  /** Gives the message back at once. */
  record Abandon(QueueName queue, LockToken token, MessageEdits edits) implements Settlement {}

  record Defer(QueueName queue, LockToken token, MessageEdits edits) implements Settlement {}

  record DeadLetter(
      QueueName queue,
      LockToken token,
      String reason,
      @Nullable String description,
      @Nullable String exceptionClass,
      MessageEdits edits)
      implements Settlement {}

  /** Gives the message back without counting the delivery. */
  record Release(QueueName queue, LockToken token) implements Settlement {}
}
