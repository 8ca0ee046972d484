package io.queueruntime.template;

import io.queueruntime.message.CloudEventAttributes;
import io.queueruntime.message.SendReceipt;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A message being described, started by {@link QueueTemplate#to}. Setters throw {@code
 * ValidationFailed} for what no message may have.
 *
 * <p>Not thread-safe; can be used for several sends, each with a message id of its own unless one
 * is set.
 */
public interface MessageSpec {

  /** The session the message belongs to, on a session queue. */
  MessageSpec session(String sessionId);

  /** Chooses one of the queue's listed sessions by a stable hash of {@code key}. */
  MessageSpec partitionKey(String key);

  /**
   * The id that duplicate detection looks at; 1 to 128 characters. Without one the runtime makes
   * one.
   */
  MessageSpec messageId(String messageId);

  MessageSpec correlationId(String correlationId);

  /** The queue an answer goes to. */
  MessageSpec replyTo(String queue);

  /** The session of the answer, where its queue has sessions. */
  MessageSpec replyToSession(String sessionId);

  MessageSpec subject(String subject);

  /** MIME type the payload is written as; without one the converter chooses. */
  MessageSpec contentType(String contentType);

  /** Replaces the pending message with the same key, in its place. */
  MessageSpec deduplicationKey(String key);

  /** How long the message lives once it is enqueued, or due. */
  MessageSpec timeToLive(Duration timeToLive);

  /** Not to be received before {@code delay} has passed. */
  MessageSpec delay(Duration delay);

  /** Not to be received before that time. */
  MessageSpec scheduledAt(Instant time);

  /**
   * Sets one header; names that start with {@code queue_} are the runtime's own and are left out.
   */
  MessageSpec header(String name, Object value);

  /** Sets several headers. */
  MessageSpec headers(Map<String, ?> headers);

  /**
   * Makes the message a CloudEvent whose data is the payload. Its id does not become the message's:
   * only together with its source does it tell one event from another.
   */
  default MessageSpec cloudEvent(CloudEventAttributes attributes) {
    return headers(attributes.headers());
  }

  /** Sends one message; durable when it returns. */
  SendReceipt send(Object payload);

  /** {@link #send} without waiting. */
  CompletableFuture<SendReceipt> sendAsync(Object payload);

  /**
   * Sends the message as a question and waits for its answer; see {@link
   * QueueTemplate#sendAndReceive}.
   */
  <T> T sendAndReceive(Object payload, Class<T> answerType, Duration timeout);

  /** {@link #sendAndReceive} without waiting. */
  <T> CompletableFuture<T> sendAndReceiveAsync(
      Object payload, Class<T> answerType, Duration timeout);
}
