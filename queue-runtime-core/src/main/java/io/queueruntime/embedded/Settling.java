package io.queueruntime.embedded;

import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.engine.QueueEngine;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.MessageState;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.Settlement;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Ends deliveries of one receiver. What is settled is named by the message's lock token alone,
 * which the engine checks; here only messages that cannot be this receiver's are turned away.
 *
 * <p>Immutable and thread-safe.
 */
final class Settling {

  private final QueueEngine engine;
  private final QueueName queue;
  private final SubQueue subQueue;
  private final @Nullable SessionId sessionId;

  /**
   * For one session's messages where a session is named; else for those of a queue without sessions
   * or dead letters.
   */
  Settling(QueueEngine engine, QueueName queue, SubQueue subQueue, @Nullable SessionId sessionId) {
    this.engine = engine;
    this.queue = queue;
    this.subQueue = subQueue;
    this.sessionId = sessionId;
  }

  CompletableFuture<Void> settle(ReceivedMessage<?> message, Settlement settlement) {
    try {
      return apply(tokenOf(message), settlement);
    } catch (InvalidReceipt refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  private CompletableFuture<Void> apply(LockToken token, Settlement settlement) {
    if (settlement instanceof Settlement.Complete) {
      return engine.complete(queue, token);
    } else if (settlement instanceof Settlement.Abandon abandon) {
      return engine.abandon(queue, token, abandon.delay());
    } else if (settlement instanceof Settlement.DeadLetter letter) {
      return engine.deadLetter(
          queue, token, letter.reason(), letter.description(), letter.exceptionClass());
    } else if (settlement instanceof Settlement.Defer) {
      return engine.defer(queue, token);
    } else {
      return engine.release(queue, token); // sealed: Release is the only one left
    }
  }

  CompletableFuture<Instant> renewLock(ReceivedMessage<?> message) {
    try {
      return engine.renewLock(queue, tokenOf(message));
    } catch (InvalidReceipt refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  /** Its token, when it can be this receiver's. */
  private LockToken tokenOf(ReceivedMessage<?> message) {
    String mismatch = mismatch(message);
    if (mismatch != null) {
      throw new InvalidReceipt(
          queue.value(),
          "Cannot settle message '%s' of queue '%s' here: %s. Settle it through the receiver it came from."
              .formatted(message.messageId(), message.queue(), mismatch));
    }
    return message.requireLockToken();
  }

  /** Why that message cannot be this receiver's; null when it can. */
  private @Nullable String mismatch(ReceivedMessage<?> message) {
    boolean deadLetter = message.state() == MessageState.DEAD_LETTERED;
    if (!message.queue().equals(queue)) {
      return "this receiver reads queue '" + queue + "'";
    } else if (deadLetter != (subQueue == SubQueue.DEAD_LETTER)) {
      return deadLetter ? "it is a dead letter" : "this receiver reads dead letters";
    } else if (!deadLetter && !Objects.equals(message.sessionId().orElse(null), sessionId)) {
      return sessionId == null
          ? "it belongs to the holder of its session"
          : "this is the holder of session '" + sessionId + "'";
    }
    return null;
  }
}
