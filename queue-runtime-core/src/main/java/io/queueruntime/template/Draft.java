package io.queueruntime.template;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.converter.ContentType;
import io.queueruntime.converter.MessageConverter;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueHeaders;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SessionId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A message being described. Not thread-safe. */
final class Draft implements MessageSpec {

  private final QueueTemplate template;
  private final QueueName queue;
  private final MessageConverter converter;
  private final ListedSessions sessions;
  private final InstantSource clock;
  // Collects what the message will have and checks each value the moment it is set; its body is
  // never sent.
  private final OutgoingMessage.Builder fields = OutgoingMessage.of(new byte[0]);
  private @Nullable ContentType contentType;
  private @Nullable String partitionKey;
  private @Nullable Duration delay;

  Draft(
      QueueTemplate template,
      QueueName queue,
      MessageConverter converter,
      ListedSessions sessions,
      InstantSource clock) {
    this.template = template;
    this.queue = queue;
    this.converter = converter;
    this.sessions = sessions;
    this.clock = clock;
  }

  @Override
  public MessageSpec session(String sessionId) {
    fields.sessionId(SessionId.of(sessionId));
    return this;
  }

  @Override
  public MessageSpec partitionKey(String key) {
    partitionKey = key;
    return this;
  }

  @Override
  public MessageSpec messageId(String messageId) {
    fields.messageId(messageId);
    return this;
  }

  @Override
  public MessageSpec correlationId(String correlationId) {
    fields.correlationId(correlationId);
    return this;
  }

  @Override
  public MessageSpec replyTo(String replyQueue) {
    fields.replyTo(QueueName.of(replyQueue).value());
    return this;
  }

  @Override
  public MessageSpec replyToSession(String sessionId) {
    fields.replyToSessionId(SessionId.of(sessionId).value());
    return this;
  }

  @Override
  public MessageSpec subject(String subject) {
    fields.subject(subject);
    return this;
  }

  @Override
  public MessageSpec contentType(String type) {
    contentType =
        ContentType.parse(type)
            .orElseThrow(
                () ->
                    new ValidationFailed(
                        queue.value(),
                        "A content type is a MIME type such as application/json, with a charset this JVM knows; found '%s'."
                            .formatted(type.length() > 80 ? type.substring(0, 80) + "…" : type)));
    return this;
  }

  @Override
  public MessageSpec deduplicationKey(String key) {
    fields.deduplicationKey(key);
    return this;
  }

  @Override
  public MessageSpec timeToLive(Duration timeToLive) {
    fields.timeToLive(timeToLive);
    return this;
  }

  @Override
  public MessageSpec delay(Duration waiting) {
    if (waiting.isNegative()) {
      throw new ValidationFailed(queue.value(), "A delay is not negative, found " + waiting + ".");
    }
    delay = waiting;
    fields.scheduledEnqueueTime(null);
    return this;
  }

  @Override
  public MessageSpec scheduledAt(Instant time) {
    delay = null;
    fields.scheduledEnqueueTime(time);
    return this;
  }

  @Override
  public MessageSpec header(String name, Object value) {
    if (!QueueHeaders.isReserved(name)) {
      fields.header(name, value);
    }
    return this;
  }

  @Override
  public MessageSpec headers(Map<String, ?> headers) {
    headers.forEach(this::header);
    return this;
  }

  @Override
  public SendReceipt send(Object payload) {
    return template.send(queue, toMessage(payload));
  }

  @Override
  public CompletableFuture<SendReceipt> sendAsync(Object payload) {
    try {
      return template.sendAsync(queue, toMessage(payload));
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public <T> T sendAndReceive(Object payload, Class<T> answerType, Duration timeout) {
    return template.ask(queue, toMessage(payload), answerType, timeout);
  }

  @Override
  public <T> CompletableFuture<T> sendAndReceiveAsync(
      Object payload, Class<T> answerType, Duration timeout) {
    try {
      return template.askAsync(queue, toMessage(payload), answerType, timeout);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * The message with that payload: what the payload brings along itself, overlaid with what was set
   * here.
   */
  OutgoingMessage.Builder toMessage(@Nullable Object payload) {
    if (payload == null) {
      throw new ValidationFailed(
          queue.value(),
          "Cannot send to queue '%s': the payload is null; send an object, a text or bytes, which may be empty."
              .formatted(queue));
    }
    OutgoingMessage.Builder message =
        payload instanceof OutgoingMessage ready
            ? ready.toBuilder()
            : converter.toMessage(payload, contentType);
    message.overlay(fields);
    if (delay != null && !delay.isZero()) {
      message.scheduledEnqueueTime(clock.instant().plus(delay));
    }
    if (partitionKey != null) {
      if (fields.sessionId().isPresent()) {
        throw new ValidationFailed(
            queue.value(),
            "A message for queue '%s' has both a session and a partition key; set one."
                .formatted(queue));
      }
      message.sessionId(sessions.of(queue, partitionKey));
    }
    return message;
  }
}
