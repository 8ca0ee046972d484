package io.queueruntime.provider;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * One broker connection: the port that every broker implements.
 *
 * <p>Implementations are thread-safe. Futures fail with a {@code QueueRuntimeException}; after
 * {@link #close()} every call fails with {@code Closed}. Creating a sender or receiver does no I/O.
 */
public interface QueueProvider extends AutoCloseable {

  /** The provider's name in the configuration, e.g. {@code embedded}. */
  String name();

  /** What this provider can do, and its limits. */
  Capabilities capabilities();

  /** Where messages for that queue go in; the same instance may be given to many callers. */
  QueueSender sender(QueueName queue);

  /**
   * A new receiver of a queue without sessions, or of a dead-letter queue; the caller closes it.
   * Receiving from a session queue through it fails with {@code ValidationFailed}.
   */
  QueueReceiver receiver(QueueName queue, SubQueue subQueue);

  /**
   * Takes hold of one session, whether or not it has messages.
   *
   * <p>Waits up to {@code maxWait} while somebody else holds it, then fails with {@code
   * SessionLocked}. Cancelling the future gives up; a session that was accepted in that moment is
   * released.
   */
  CompletableFuture<SessionReceiver> acceptSession(
      QueueName queue, SessionId sessionId, Duration maxWait);

  /**
   * Takes hold of the session that has been waiting longest with a message to receive; empty when
   * there was none until {@code maxWait} had passed. Cancelling the future gives up; a session that
   * was accepted in that moment is released.
   */
  CompletableFuture<Optional<SessionReceiver>> acceptNextSession(QueueName queue, Duration maxWait);

  /** Messages that were given up, of one queue. */
  DeadLetterQueue deadLetters(QueueName queue);

  /** Creates, deletes and describes queues. */
  QueueAdmin admin();

  /**
   * Ends everything: pending receives end empty, held sessions are released, later calls fail.
   * Idempotent.
   */
  @Override
  void close();
}
