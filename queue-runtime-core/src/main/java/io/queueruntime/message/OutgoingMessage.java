package io.queueruntime.message;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A message as its sender hands it to a provider: a body and what is said about it.
 *
 * <p>Immutable. The body array is not copied, neither in nor out: whoever holds it must not change
 * it.
 */
public final class OutgoingMessage {

  /** Longest message id, in characters; the limit of Azure Service Bus. */
  public static final int MAX_ID_LENGTH = 128;

  private final byte[] body;
  private final @Nullable String messageId;
  private final boolean generatedId;
  private final @Nullable SessionId sessionId;
  private final @Nullable String correlationId;
  private final @Nullable String replyTo;
  private final @Nullable String replyToSessionId;
  private final @Nullable String contentType;
  private final @Nullable String subject;
  private final @Nullable String payloadType;
  private final @Nullable String deduplicationKey;
  private final @Nullable Duration timeToLive;
  private final @Nullable Instant scheduledEnqueueTime;
  private final Map<String, Object> headers;

  private OutgoingMessage(Builder from) {
    this.body = from.body;
    this.messageId = from.messageId;
    this.generatedId = from.generatedId;
    this.sessionId = from.sessionId;
    this.correlationId = from.correlationId;
    this.replyTo = from.replyTo;
    this.replyToSessionId = from.replyToSessionId;
    this.contentType = from.contentType;
    this.subject = from.subject;
    this.payloadType = from.payloadType;
    this.deduplicationKey = from.deduplicationKey;
    this.timeToLive = from.timeToLive;
    this.scheduledEnqueueTime = from.scheduledEnqueueTime;
    this.headers = from.headers == null ? Map.of() : HeaderValues.copyOf(from.headers);
  }

  /** Starts a message with that body. */
  public static Builder of(byte[] body) {
    return new Builder(body);
  }

  /**
   * Starts a message that goes on as it was received, also with ids that are longer than a sender
   * may give, as foreign senders do; but without headers whose names nobody may give, and without a
   * time to live, of which only the end is known.
   */
  public static Builder again(ReceivedMessage<?> message) {
    Builder again = new Builder(message.body());
    again.messageId = message.messageId();
    again.correlationId = message.correlationId().orElse(null);
    again.deduplicationKey = message.deduplicationKey().orElse(null);
    message
        .headers()
        .forEach(
            (name, value) -> {
              if (!name.isEmpty() && name.length() <= HeaderValues.MAX_NAME_LENGTH) {
                again.header(name, value);
              }
            });
    return again
        .sessionId(message.sessionId().orElse(null))
        .replyTo(message.replyTo().orElse(null))
        .replyToSessionId(message.replyToSessionId().orElse(null))
        .contentType(message.contentType().orElse(null))
        .subject(message.subject().orElse(null))
        .payloadType(message.payloadType().orElse(null))
        .scheduledEnqueueTime(message.scheduledEnqueueTime().orElse(null));
  }

  /** A builder that starts as this message is. */
  public Builder toBuilder() {
    Builder builder = new Builder(body);
    builder.messageId = messageId;
    builder.generatedId = generatedId;
    builder.sessionId = sessionId;
    builder.correlationId = correlationId;
    builder.replyTo = replyTo;
    builder.replyToSessionId = replyToSessionId;
    builder.contentType = contentType;
    builder.subject = subject;
    builder.payloadType = payloadType;
    builder.deduplicationKey = deduplicationKey;
    builder.timeToLive = timeToLive;
    builder.scheduledEnqueueTime = scheduledEnqueueTime;
    if (!headers.isEmpty()) {
      builder.headers = new LinkedHashMap<>(headers);
    }
    return builder;
  }

  /** The bytes that travel, exactly as the receiver gets them. */
  public byte[] body() {
    return body;
  }

  /** The id duplicate detection looks at, when the caller gave one. */
  public Optional<String> messageId() {
    return Optional.ofNullable(messageId);
  }

  /**
   * Whether the runtime made the id: such ids are not remembered for duplicate detection where that
   * costs memory.
   */
  public boolean hasGeneratedId() {
    return generatedId;
  }

  public Optional<SessionId> sessionId() {
    return Optional.ofNullable(sessionId);
  }

  public Optional<String> correlationId() {
    return Optional.ofNullable(correlationId);
  }

  /** Name of the queue an answer goes to. */
  public Optional<String> replyTo() {
    return Optional.ofNullable(replyTo);
  }

  public Optional<String> replyToSessionId() {
    return Optional.ofNullable(replyToSessionId);
  }

  /** MIME type of the body. */
  public Optional<String> contentType() {
    return Optional.ofNullable(contentType);
  }

  public Optional<String> subject() {
    return Optional.ofNullable(subject);
  }

  /** Logical name of the payload's type, never a class name. */
  public Optional<String> payloadType() {
    return Optional.ofNullable(payloadType);
  }

  /** The pending message with the same key is replaced by this one. */
  public Optional<String> deduplicationKey() {
    return Optional.ofNullable(deduplicationKey);
  }

  /** How long the message lives once it is enqueued, or due; the queue's own limit applies too. */
  public Optional<Duration> timeToLive() {
    return Optional.ofNullable(timeToLive);
  }

  /** Not to be received before that time. */
  public Optional<Instant> scheduledEnqueueTime() {
    return Optional.ofNullable(scheduledEnqueueTime);
  }

  /** The user's own headers, in the order they were set. */
  public Map<String, Object> headers() {
    return headers;
  }

  /** Ids and sizes only: bodies and headers do not belong into logs. */
  @Override
  public String toString() {
    return "OutgoingMessage["
        + (messageId == null ? "no id" : messageId)
        + (sessionId == null ? "" : ", session " + sessionId)
        + ", "
        + body.length
        + " bytes, "
        + headers.size()
        + " headers]";
  }

  /**
   * Collects a message. Not thread-safe; every setter throws {@link ValidationFailed} for what no
   * message may have.
   */
  public static final class Builder {
    private byte[] body;
    private @Nullable String messageId;
    private boolean generatedId;
    private @Nullable SessionId sessionId;
    private @Nullable String correlationId;
    private @Nullable String replyTo;
    private @Nullable String replyToSessionId;
    private @Nullable String contentType;
    private @Nullable String subject;
    private @Nullable String payloadType;
    private @Nullable String deduplicationKey;
    private @Nullable Duration timeToLive;
    private @Nullable Instant scheduledEnqueueTime;
    private @Nullable Map<String, Object> headers;

    private Builder(byte[] body) {
      this.body = body;
    }

    public Builder body(byte[] body) {
      this.body = body;
      return this;
    }

    /** 1 to 128 characters. */
    public Builder messageId(@Nullable String messageId) {
      this.messageId = checked("message id", messageId);
      this.generatedId = false;
      return this;
    }

    /**
     * An id made by the runtime, so that a send that is tried again stays recognizable; 1 to 128
     * characters.
     */
    public Builder generatedMessageId(String messageId) {
      this.messageId = checked("message id", messageId);
      this.generatedId = true;
      return this;
    }

    public Builder sessionId(@Nullable SessionId sessionId) {
      this.sessionId = sessionId;
      return this;
    }

    /** 1 to 128 characters. */
    public Builder correlationId(@Nullable String correlationId) {
      this.correlationId = checked("correlation id", correlationId);
      return this;
    }

    public Builder replyTo(@Nullable String replyTo) {
      this.replyTo = replyTo;
      return this;
    }

    public Builder replyToSessionId(@Nullable String replyToSessionId) {
      this.replyToSessionId = replyToSessionId;
      return this;
    }

    public Builder contentType(@Nullable String contentType) {
      this.contentType = contentType;
      return this;
    }

    public Builder subject(@Nullable String subject) {
      this.subject = subject;
      return this;
    }

    public Builder payloadType(@Nullable String payloadType) {
      this.payloadType = payloadType;
      return this;
    }

    /** 1 to 128 characters. */
    public Builder deduplicationKey(@Nullable String deduplicationKey) {
      this.deduplicationKey = checked("deduplication key", deduplicationKey);
      return this;
    }

    /** More than zero. */
    public Builder timeToLive(@Nullable Duration timeToLive) {
      if (timeToLive != null && (timeToLive.isZero() || timeToLive.isNegative())) {
        throw new ValidationFailed(
            null, "A time to live is more than zero, found " + timeToLive + ".");
      }
      this.timeToLive = timeToLive;
      return this;
    }

    public Builder scheduledEnqueueTime(@Nullable Instant scheduledEnqueueTime) {
      this.scheduledEnqueueTime = scheduledEnqueueTime;
      return this;
    }

    /** Sets one header; see the class for the types a value may have. */
    public Builder header(String name, Object value) {
      HeaderValues.check(name, value);
      if (headers == null) {
        headers = new LinkedHashMap<>();
      }
      headers.put(name, value);
      return this;
    }

    public Builder headers(Map<String, ?> headers) {
      headers.forEach(this::header);
      return this;
    }

    public Builder removeHeader(String name) {
      if (headers != null) {
        headers.remove(name);
      }
      return this;
    }

    /** Takes away the headers whose names are such. */
    public Builder removeHeadersIf(Predicate<String> isUnwanted) {
      if (headers != null) {
        headers.keySet().removeIf(isUnwanted);
      }
      return this;
    }

    /** Takes over all that {@code other} has, but for its body, in place of what this has. */
    public Builder overlay(Builder other) {
      if (other.messageId != null) {
        messageId = other.messageId;
        generatedId = other.generatedId;
      }
      sessionId = other.sessionId == null ? sessionId : other.sessionId;
      correlationId = other.correlationId == null ? correlationId : other.correlationId;
      replyTo = other.replyTo == null ? replyTo : other.replyTo;
      replyToSessionId = other.replyToSessionId == null ? replyToSessionId : other.replyToSessionId;
      contentType = other.contentType == null ? contentType : other.contentType;
      subject = other.subject == null ? subject : other.subject;
      payloadType = other.payloadType == null ? payloadType : other.payloadType;
      deduplicationKey = other.deduplicationKey == null ? deduplicationKey : other.deduplicationKey;
      timeToLive = other.timeToLive == null ? timeToLive : other.timeToLive;
      scheduledEnqueueTime =
          other.scheduledEnqueueTime == null ? scheduledEnqueueTime : other.scheduledEnqueueTime;
      return other.headers == null ? this : headers(other.headers);
    }

    /** The session it is to belong to, as far as that is said. */
    public Optional<SessionId> sessionId() {
      return Optional.ofNullable(sessionId);
    }

    /** Whether it has an id. */
    public boolean hasMessageId() {
      return messageId != null;
    }

    public OutgoingMessage build() {
      return new OutgoingMessage(this);
    }

    private static @Nullable String checked(String what, @Nullable String id) {
      if (id != null && (id.isEmpty() || id.length() > MAX_ID_LENGTH)) {
        throw new ValidationFailed(
            null,
            "A " + what + " has 1 to " + MAX_ID_LENGTH + " characters, found " + id.length() + ".");
      }
      return id;
    }
  }
}
