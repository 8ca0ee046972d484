package io.queueruntime.message;

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One held session, as a handler or a caller of {@code QueueTemplate} sees it: its id, its lock and
 * what is stored with it.
 *
 * <p>Every blocking method waits until its effect is durable and fails with {@code
 * SessionLockLost}, for good, once the session belongs to somebody else.
 *
 * <p>Implementations are thread-safe.
 */
public interface QueueSession extends AutoCloseable {

  SessionId id();

  /** Until when the session is held unless renewed; follows renewals. */
  Instant lockedUntil();

  /** Extends the session's lock, and those of its messages, to the full length from now. */
  Instant renewLock();

  /** What was last stored with the session. */
  Optional<byte[]> state();

  /** Stores something with the session; null takes it away. */
  void setState(byte @Nullable [] state);

  /** {@link #renewLock()} without waiting. */
  CompletableFuture<Instant> renewLockAsync();

  /** {@link #state()} without waiting. */
  CompletableFuture<Optional<byte[]>> stateAsync();

  /** {@link #setState} without waiting. */
  CompletableFuture<Void> setStateAsync(byte @Nullable [] state);

  /**
   * Gives the session back. Inside a listener: once the delivery that is running has been settled,
   * instead of taking the session's next message. Idempotent.
   */
  @Override
  void close();
}
