package io.queueruntime;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The root of every error the runtime raises, and the place where all of them are listed.
 *
 * <p>Each subclass is one kind of failure that a caller can tell apart; the text says what was
 * attempted, on which thing, what was found and what to do. {@link #isTransient()} says whether the
 * same call may succeed later without a change of code or configuration.
 *
 * <p>Immutable, but for the operation and the message, which whoever began the operation notes
 * once, as {@link Throwable#initCause} does a cause. Thread-safe.
 */
public abstract sealed class QueueRuntimeException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final @Nullable String queue;
  private @Nullable String operation;
  private @Nullable String messageId;

  private QueueRuntimeException(@Nullable String queue, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.queue = queue;
  }

  /** Whether the same call may succeed later, unchanged. */
  public boolean isTransient() {
    return false;
  }

  /** The queue that was worked on, where there was one. */
  public Optional<String> queue() {
    return Optional.ofNullable(queue);
  }

  /**
   * What was being done, e.g. {@code send}, {@code receive}, {@code complete} or {@code
   * accept-session}; empty when nobody has noted it.
   */
  public final synchronized Optional<String> operation() {
    return Optional.ofNullable(operation);
  }

  /** The id of the one message that was worked on, where there was one and it is known. */
  public final synchronized Optional<String> messageId() {
    return Optional.ofNullable(messageId);
  }

  /**
   * Notes what was being done, and with which message, unless that has been noted before: who is
   * nearer to the failure knows better.
   *
   * @return this
   */
  public final synchronized QueueRuntimeException during(
      String operation, @Nullable String messageId) {
    if (this.operation == null) {
      this.operation = operation;
      this.messageId = messageId;
    }
    return this;
  }

  /** How long to wait before trying again, where the other side said so. */
  public Optional<Duration> retryAfter() {
    return Optional.empty();
  }

  /** The queue does not exist and was not asked to be created. */
  public static final class QueueNotFound extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;

    public QueueNotFound(String queue, String message) {
      super(queue, message, null);
    }

    public QueueNotFound(String queue, String message, @Nullable Throwable cause) {
      super(queue, message, cause);
    }
  }

  /** No message has the sequence number that was asked for. */
  public static final class MessageNotFound extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;

    public MessageNotFound(String queue, String message) {
      this(queue, message, null);
    }

    public MessageNotFound(String queue, String message, @Nullable Throwable cause) {
      super(queue, message, cause);
    }
  }

  /** The receipt was never given, was given by another client, or has been used already. */
  public static final class InvalidReceipt extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;

    public InvalidReceipt(@Nullable String queue, String message) {
      super(queue, message, null);
    }
  }

  /** The message's lock ran out before it was settled; the message will be delivered again. */
  public static final class LockLost extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;

    public LockLost(String queue, String message) {
      super(queue, message, null);
    }

    public LockLost(String queue, String message, @Nullable Throwable cause) {
      super(queue, message, cause);
    }
  }

  /** Somebody else holds the session. Transient. */
  public static final class SessionLocked extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;
    private final @Nullable Instant lockedUntil;

    public SessionLocked(String queue, String message, @Nullable Instant lockedUntil) {
      this(queue, message, lockedUntil, null);
    }

    public SessionLocked(
        String queue, String message, @Nullable Instant lockedUntil, @Nullable Throwable cause) {
      super(queue, message, cause);
      this.lockedUntil = lockedUntil;
    }

    /** When the present holder's lock runs out unless it is renewed, where the broker tells. */
    public Optional<Instant> lockedUntil() {
      return Optional.ofNullable(lockedUntil);
    }

    @Override
    public boolean isTransient() {
      return true;
    }
  }

  /** The queue has no such session. */
  public static final class SessionNotFound extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;

    public SessionNotFound(String queue, String message) {
      this(queue, message, null);
    }

    public SessionNotFound(String queue, String message, @Nullable Throwable cause) {
      super(queue, message, cause);
    }
  }

  /** The session is no longer held by this receiver, and never will be again; accept it anew. */
  public static final class SessionLockLost extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;

    public SessionLockLost(String queue, String message) {
      super(queue, message, null);
    }

    public SessionLockLost(String queue, String message, @Nullable Throwable cause) {
      super(queue, message, cause);
    }
  }

  /** No answer came in time; whether the work was done is unknown. Transient. */
  public static final class OperationTimedOut extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;

    public OperationTimedOut(@Nullable String queue, String message, @Nullable Throwable cause) {
      super(queue, message, cause);
    }

    @Override
    public boolean isTransient() {
      return true;
    }
  }

  /** The broker cannot be reached. Transient. */
  public static final class ConnectionFailed extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;

    public ConnectionFailed(@Nullable String queue, String message, @Nullable Throwable cause) {
      super(queue, message, cause);
    }

    @Override
    public boolean isTransient() {
      return true;
    }
  }

  /** The broker asks to slow down. Transient. */
  public static final class Throttled extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;
    private final @Nullable Duration retryAfter;

    public Throttled(
        @Nullable String queue,
        String message,
        @Nullable Duration retryAfter,
        @Nullable Throwable cause) {
      super(queue, message, cause);
      this.retryAfter = retryAfter;
    }

    @Override
    public boolean isTransient() {
      return true;
    }

    @Override
    public Optional<Duration> retryAfter() {
      return Optional.ofNullable(retryAfter);
    }
  }

  /** The broker does not accept who we are. */
  public static final class AuthenticationFailed extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;

    public AuthenticationFailed(@Nullable String queue, String message, @Nullable Throwable cause) {
      super(queue, message, cause);
    }
  }

  /** The broker knows who we are and does not allow the operation. */
  public static final class PermissionDenied extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;

    public PermissionDenied(@Nullable String queue, String message, @Nullable Throwable cause) {
      super(queue, message, cause);
    }
  }

  /** One message is larger than the queue or the provider takes. */
  public static final class MessageTooLarge extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;
    private final long size;
    private final long maxSize;

    public MessageTooLarge(String queue, String message, long size, long maxSize) {
      this(queue, message, size, maxSize, null);
    }

    public MessageTooLarge(
        String queue, String message, long size, long maxSize, @Nullable Throwable cause) {
      super(queue, message, cause);
      this.size = size;
      this.maxSize = maxSize;
    }

    /** Size of the message, in bytes as stored; 0 where the broker did not tell. */
    public long size() {
      return size;
    }

    /** Largest size taken, in bytes; 0 where the broker did not tell. */
    public long maxSize() {
      return maxSize;
    }
  }

  /** A batch that must stay whole is larger than the provider takes. */
  public static final class BatchTooLarge extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;

    public BatchTooLarge(String queue, String message) {
      super(queue, message, null);
    }
  }

  /** The queue holds as many messages as it may, and none left in time. Transient. */
  public static final class QueueFull extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;

    public QueueFull(String queue, String message) {
      super(queue, message, null);
    }

    public QueueFull(String queue, String message, @Nullable Throwable cause) {
      super(queue, message, cause);
    }

    @Override
    public boolean isTransient() {
      return true;
    }
  }

  /** A limit of the namespace or the disk is reached. */
  public static final class QuotaExceeded extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;

    public QuotaExceeded(@Nullable String queue, String message, @Nullable Throwable cause) {
      super(queue, message, cause);
    }
  }

  /** A payload cannot be turned into bytes, or bytes into the payload a handler takes. */
  public static final class SerializationFailed extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;

    public SerializationFailed(@Nullable String queue, String message, @Nullable Throwable cause) {
      super(queue, message, cause);
    }
  }

  /** The configuration contradicts itself or what already exists. */
  public static final class ConfigurationInvalid extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;

    public ConfigurationInvalid(@Nullable String queue, String message) {
      super(queue, message, null);
    }

    public ConfigurationInvalid(@Nullable String queue, String message, @Nullable Throwable cause) {
      super(queue, message, cause);
    }
  }

  /** An argument is outside what the operation takes; nothing was done. */
  public static final class ValidationFailed extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;

    public ValidationFailed(@Nullable String queue, String message) {
      super(queue, message, null);
    }

    public ValidationFailed(@Nullable String queue, String message, @Nullable Throwable cause) {
      super(queue, message, cause);
    }
  }

  /**
   * One part of a transaction cannot be done, so nothing of it was; the cause says what is wrong
   * with that part.
   */
  public static final class TransactionRefused extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;
    private final int part;
    private final boolean transientFailure;

    public TransactionRefused(int part, int parts, QueueRuntimeException cause) {
      super(
          cause.queue().orElse(null),
          "Nothing of a transaction was done, because part %d of %d cannot be: %s"
              .formatted(part + 1, parts, cause.getMessage()),
          cause);
      this.part = part;
      this.transientFailure = cause.isTransient();
    }

    /** Which part it was; the first one is 0. */
    public int part() {
      return part;
    }

    @Override
    public boolean isTransient() {
      return transientFailure;
    }
  }

  /** The provider cannot do what was asked, and nothing imitates it. */
  public static final class UnsupportedCapability extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;

    public UnsupportedCapability(@Nullable String queue, String message) {
      super(queue, message, null);
    }
  }

  /** The disk failed or holds something that cannot be read; nothing is acknowledged after it. */
  public static final class StorageFailed extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;
    private final Reason reason;

    /** What a user has to do about it depends on this. */
    public enum Reason {
      /** Reading, writing or forcing failed. */
      DISK,
      /** Another process, or another provider of this one, owns the directory. */
      DIRECTORY_IN_USE,
      /** The directory cannot be created, read or written. */
      DIRECTORY_NOT_USABLE,
      /** What was written is there and is not what was written. */
      DAMAGED,
      /** What is there was written by a newer version. */
      NEWER_FORMAT
    }

    public StorageFailed(String message) {
      this(Reason.DISK, message, null);
    }

    public StorageFailed(String message, @Nullable Throwable cause) {
      this(Reason.DISK, message, cause);
    }

    public StorageFailed(Reason reason, String message, @Nullable Throwable cause) {
      super(null, message, cause);
      this.reason = reason;
    }

    public Reason reason() {
      return reason;
    }
  }

  /** The client, receiver or engine was closed; no later call will succeed. */
  public static final class Closed extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;

    public Closed(@Nullable String queue, String message) {
      super(queue, message, null);
    }
  }

  /** The broker failed in a way that has no name of its own here; the cause says how. */
  public static final class ProviderFailed extends QueueRuntimeException {
    private static final long serialVersionUID = 1L;
    private final boolean transientFailure;

    public ProviderFailed(
        @Nullable String queue,
        String message,
        boolean transientFailure,
        @Nullable Throwable cause) {
      super(queue, message, cause);
      this.transientFailure = transientFailure;
    }

    @Override
    public boolean isTransient() {
      return transientFailure;
    }
  }
}
