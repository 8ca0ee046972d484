package io.queueruntime.message;

import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A message as it was delivered, or seen by a peek.
 *
 * <p>Immutable and thread-safe. The body array is not copied: do not change it. The settling
 * methods work on messages that are locked for the caller and throw {@link InvalidReceipt} on those
 * only peeked at.
 *
 * @param <T> type of the payload: the converted body, or {@code byte[]} before conversion
 */
public final class ReceivedMessage<T> {

  private final Builder<T> from;

  private ReceivedMessage(Builder<T> from) {
    this.from = from;
  }

  /** Starts a message that was found in {@code queue} at {@code sequenceNumber}. */
  public static Builder<byte[]> of(
      QueueName queue, SequenceNumber sequenceNumber, String messageId, byte[] body) {
    return new Builder<>(queue, sequenceNumber, messageId, body, body);
  }

  /** The same message with another payload. */
  public <U> ReceivedMessage<U> withPayload(U payload) {
    Builder<U> copy =
        new Builder<>(from.queue, from.sequenceNumber, from.messageId, payload, from.body);
    copy.copyFrom(from);
    return new ReceivedMessage<>(copy);
  }

  /** The same message, settled through {@code receipt}. */
  public ReceivedMessage<T> withReceipt(Receipt receipt) {
    Builder<T> copy =
        new Builder<>(from.queue, from.sequenceNumber, from.messageId, from.payload, from.body);
    copy.copyFrom(from);
    copy.receipt = receipt;
    return new ReceivedMessage<>(copy);
  }

  public T payload() {
    return from.payload;
  }

  /** The bytes that travelled. */
  public byte[] body() {
    return from.body;
  }

  public QueueName queue() {
    return from.queue;
  }

  public SequenceNumber sequenceNumber() {
    return from.sequenceNumber;
  }

  /**
   * The place the message was first given: where a scheduled message stood before it was due, or a
   * forwarded one in the queue it was sent to; else {@link #sequenceNumber()}.
   */
  public SequenceNumber enqueuedSequenceNumber() {
    SequenceNumber first = from.enqueuedSequenceNumber;
    return first == null ? from.sequenceNumber : first;
  }

  public String messageId() {
    return from.messageId;
  }

  public MessageState state() {
    return from.state;
  }

  public Optional<SessionId> sessionId() {
    return Optional.ofNullable(from.sessionId);
  }

  /** Number of deliveries so far, 1 on the first; 0 when only peeked at and never delivered. */
  public int deliveryCount() {
    return from.deliveryCount;
  }

  public Instant enqueuedTime() {
    return from.enqueuedTime;
  }

  /**
   * When the lock ended or ends unless it was renewed; a message of a session follows the session's
   * lock.
   */
  public Optional<Instant> lockedUntil() {
    return Optional.ofNullable(from.lockedUntil);
  }

  public Optional<LockToken> lockToken() {
    return Optional.ofNullable(from.lockToken);
  }

  /**
   * The same of a message that was delivered.
   *
   * @throws InvalidReceipt for one that was only looked at
   */
  public LockToken requireLockToken() {
    if (from.lockToken == null) {
      throw new InvalidReceipt(
          from.queue.value(),
          "Message '%s' of queue '%s' is held by nobody here: it was only looked at. Receive it to settle it."
              .formatted(from.messageId, from.queue));
    }
    return from.lockToken;
  }

  public Optional<Instant> expiresAt() {
    return Optional.ofNullable(from.expiresAt);
  }

  public Optional<Instant> scheduledEnqueueTime() {
    return Optional.ofNullable(from.scheduledEnqueueTime);
  }

  public Optional<String> correlationId() {
    return Optional.ofNullable(from.correlationId);
  }

  public Optional<String> replyTo() {
    return Optional.ofNullable(from.replyTo);
  }

  public Optional<String> replyToSessionId() {
    return Optional.ofNullable(from.replyToSessionId);
  }

  public Optional<String> contentType() {
    return Optional.ofNullable(from.contentType);
  }

  public Optional<String> subject() {
    return Optional.ofNullable(from.subject);
  }

  /** Logical name of the payload's type. */
  public Optional<String> payloadType() {
    return Optional.ofNullable(from.payloadType);
  }

  public Optional<String> deduplicationKey() {
    return Optional.ofNullable(from.deduplicationKey);
  }

  /** The sender's own headers. */
  public Map<String, Object> headers() {
    return from.headers;
  }

  /**
   * Present on messages of the dead-letter queue, and on those that were forwarded from the dead
   * letters of another queue.
   */
  public Optional<DeadLetterDetails> deadLetter() {
    return Optional.ofNullable(from.deadLetter);
  }

  /** The broker's own message object, where there is one. */
  public Optional<Object> nativeMessage() {
    return Optional.ofNullable(from.nativeMessage);
  }

  /** See {@link Receipt#complete()}. */
  public void complete() {
    receipt().complete();
  }

  /** Gives the message back at once; see {@link Receipt#abandon}. */
  public void abandon() {
    receipt().abandon(Duration.ZERO);
  }

  /** See {@link Receipt#abandon}. */
  public void abandon(Duration delay) {
    receipt().abandon(delay);
  }

  /** See {@link Receipt#defer()}. */
  public void defer() {
    receipt().defer();
  }

  /** See {@link Receipt#deadLetter}. */
  public void deadLetter(String reason, @Nullable String description) {
    receipt().deadLetter(reason, description);
  }

  /** See {@link Receipt#renewLock()}. */
  public Instant renewLock() {
    return receipt().renewLock();
  }

  private Receipt receipt() {
    if (from.receipt == null) {
      throw new InvalidReceipt(
          from.queue.value(),
          "Message '%s' of queue '%s' cannot be settled through this object: it was only looked at, or its listener settles it by the outcome of the handler."
              .formatted(from.messageId, from.queue));
    }
    return from.receipt;
  }

  /** Ids and sizes only: bodies and headers do not belong into logs. */
  @Override
  public String toString() {
    return "ReceivedMessage["
        + from.queue
        + "#"
        + from.sequenceNumber
        + ", "
        + from.messageId
        + (from.sessionId == null ? "" : ", session " + from.sessionId)
        + ", delivery "
        + from.deliveryCount
        + ", "
        + from.body.length
        + " bytes]";
  }

  /** Collects a message; used once by its provider. Not thread-safe. */
  public static final class Builder<T> {
    private final QueueName queue;
    private final SequenceNumber sequenceNumber;
    private final String messageId;
    private final T payload;
    private final byte[] body;
    private MessageState state = MessageState.ACTIVE;
    private @Nullable SequenceNumber enqueuedSequenceNumber;
    private @Nullable SessionId sessionId;
    private int deliveryCount;
    private Instant enqueuedTime = Instant.EPOCH;
    private @Nullable Instant lockedUntil;
    private @Nullable LockToken lockToken;
    private @Nullable Instant expiresAt;
    private @Nullable Instant scheduledEnqueueTime;
    private @Nullable String correlationId;
    private @Nullable String replyTo;
    private @Nullable String replyToSessionId;
    private @Nullable String contentType;
    private @Nullable String subject;
    private @Nullable String payloadType;
    private @Nullable String deduplicationKey;
    private Map<String, Object> headers = Map.of();
    private @Nullable DeadLetterDetails deadLetter;
    private @Nullable Object nativeMessage;
    private @Nullable Receipt receipt;

    private Builder(
        QueueName queue, SequenceNumber sequenceNumber, String messageId, T payload, byte[] body) {
      this.queue = queue;
      this.sequenceNumber = sequenceNumber;
      this.messageId = messageId;
      this.payload = payload;
      this.body = body;
    }

    private void copyFrom(Builder<?> other) {
      state = other.state;
      enqueuedSequenceNumber = other.enqueuedSequenceNumber;
      sessionId = other.sessionId;
      deliveryCount = other.deliveryCount;
      enqueuedTime = other.enqueuedTime;
      lockedUntil = other.lockedUntil;
      lockToken = other.lockToken;
      expiresAt = other.expiresAt;
      scheduledEnqueueTime = other.scheduledEnqueueTime;
      correlationId = other.correlationId;
      replyTo = other.replyTo;
      replyToSessionId = other.replyToSessionId;
      contentType = other.contentType;
      subject = other.subject;
      payloadType = other.payloadType;
      deduplicationKey = other.deduplicationKey;
      headers = other.headers;
      deadLetter = other.deadLetter;
      nativeMessage = other.nativeMessage;
      receipt = other.receipt;
    }

    public Builder<T> state(MessageState state) {
      this.state = state;
      return this;
    }

    /** Null when it is the place the message has now. */
    public Builder<T> enqueuedSequenceNumber(@Nullable SequenceNumber enqueuedSequenceNumber) {
      this.enqueuedSequenceNumber = enqueuedSequenceNumber;
      return this;
    }

    public Builder<T> sessionId(@Nullable SessionId sessionId) {
      this.sessionId = sessionId;
      return this;
    }

    public Builder<T> deliveryCount(int deliveryCount) {
      this.deliveryCount = deliveryCount;
      return this;
    }

    public Builder<T> enqueuedTime(Instant enqueuedTime) {
      this.enqueuedTime = enqueuedTime;
      return this;
    }

    public Builder<T> lock(LockToken token, Instant until) {
      this.lockToken = token;
      this.lockedUntil = until;
      return this;
    }

    public Builder<T> expiresAt(@Nullable Instant expiresAt) {
      this.expiresAt = expiresAt;
      return this;
    }

    public Builder<T> scheduledEnqueueTime(@Nullable Instant scheduledEnqueueTime) {
      this.scheduledEnqueueTime = scheduledEnqueueTime;
      return this;
    }

    public Builder<T> correlationId(@Nullable String correlationId) {
      this.correlationId = correlationId;
      return this;
    }

    public Builder<T> replyTo(@Nullable String replyTo) {
      this.replyTo = replyTo;
      return this;
    }

    public Builder<T> replyToSessionId(@Nullable String replyToSessionId) {
      this.replyToSessionId = replyToSessionId;
      return this;
    }

    public Builder<T> contentType(@Nullable String contentType) {
      this.contentType = contentType;
      return this;
    }

    public Builder<T> subject(@Nullable String subject) {
      this.subject = subject;
      return this;
    }

    public Builder<T> payloadType(@Nullable String payloadType) {
      this.payloadType = payloadType;
      return this;
    }

    public Builder<T> deduplicationKey(@Nullable String deduplicationKey) {
      this.deduplicationKey = deduplicationKey;
      return this;
    }

    /** Takes the map as it is; it must not change afterwards. */
    public Builder<T> headers(Map<String, Object> headers) {
      this.headers = headers;
      return this;
    }

    public Builder<T> deadLetter(@Nullable DeadLetterDetails deadLetter) {
      this.deadLetter = deadLetter;
      return this;
    }

    public Builder<T> nativeMessage(@Nullable Object nativeMessage) {
      this.nativeMessage = nativeMessage;
      return this;
    }

    /** Ends the building: the builder must not be touched again. */
    public ReceivedMessage<T> build() {
      return new ReceivedMessage<>(this);
    }
  }
}
