package io.queueruntime.provider;

import io.queueruntime.message.SessionId;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The holder of one session: receives its messages in order and reads and writes its state.
 *
 * <p>Thread-safe. Message locks follow the session's lock: renewing the session renews them, and
 * {@link #renewLock} renews the session. Once the lock is lost every call fails with {@code
 * SessionLockLost}, for good.
 */
public interface SessionReceiver extends QueueReceiver {

  SessionId sessionId();

  /** Until when the session is held unless renewed; follows renewals. */
  Instant lockedUntil();

  /** Extends the session's lock, and those of its messages, to the full length from now. */
  CompletableFuture<Instant> renewSessionLock();

  /** What was last stored with the session. */
  CompletableFuture<Optional<byte[]>> state();

  /** Stores something with the session; null takes it away. Durable once the future completes. */
  CompletableFuture<Void> setState(byte @Nullable [] state);

  /**
   * Gives the session back: unsettled messages return to their places without counting this
   * delivery, and the next holder can accept it. Completes once that has happened. A holder whose
   * lock is lost frees nothing. Idempotent.
   */
  CompletableFuture<Void> closeAsync();
}
