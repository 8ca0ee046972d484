package io.queueruntime.autoconfigure.handler;

import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.QueueHeaders;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.messaging.MessageHeaders;

/**
 * The headers of a delivery: the sender's own under their names, what the broker says under the
 * names of {@link QueueHeaders}. Headers of the sender that pretend to be the broker's are left
 * out.
 *
 * <p>Immutable.
 */
final class DeliveredHeaders extends MessageHeaders {

  private static final long serialVersionUID = 1L;

  private DeliveredHeaders(Map<String, Object> headers) {
    // no id and no timestamp of Spring's own: the message has its own, and a sender's header "id"
    // stays what it is
    super(null, ID_VALUE_NONE, -1L);
    getRawHeaders().putAll(headers);
  }

  static DeliveredHeaders of(ReceivedMessage<?> message, String client) {
    Map<String, Object> headers = new HashMap<>();
    message.headers().forEach((name, value) -> putUnlessReserved(headers, name, value));
    headers.put(QueueHeaders.QUEUE, message.queue().value());
    headers.put(QueueHeaders.CLIENT, client);
    headers.put(QueueHeaders.MESSAGE_ID, message.messageId());
    headers.put(QueueHeaders.SEQUENCE_NUMBER, message.sequenceNumber().value());
    headers.put(QueueHeaders.DELIVERY_COUNT, message.deliveryCount());
    headers.put(QueueHeaders.ENQUEUED_TIME, message.enqueuedTime());
    put(headers, QueueHeaders.SESSION_ID, message.sessionId().map(SessionId::value).orElse(null));
    put(headers, QueueHeaders.LOCKED_UNTIL, message.lockedUntil().orElse(null));
    put(headers, QueueHeaders.EXPIRES_AT, message.expiresAt().orElse(null));
    put(headers, QueueHeaders.SCHEDULED_ENQUEUE_TIME, message.scheduledEnqueueTime().orElse(null));
    put(headers, QueueHeaders.CORRELATION_ID, message.correlationId().orElse(null));
    put(headers, QueueHeaders.REPLY_TO, message.replyTo().orElse(null));
    put(headers, QueueHeaders.REPLY_TO_SESSION_ID, message.replyToSessionId().orElse(null));
    put(headers, QueueHeaders.CONTENT_TYPE, message.contentType().orElse(null));
    put(headers, QueueHeaders.SUBJECT, message.subject().orElse(null));
    put(headers, QueueHeaders.PAYLOAD_TYPE, message.payloadType().orElse(null));
    put(headers, QueueHeaders.NATIVE, message.nativeMessage().orElse(null));
    message.deadLetter().ifPresent(details -> putDeadLetter(headers, details));
    return new DeliveredHeaders(headers);
  }

  /** What is the same for all messages of a batch. */
  static DeliveredHeaders ofBatch(List<? extends ReceivedMessage<?>> messages, String client) {
    ReceivedMessage<?> first = messages.get(0);
    Map<String, Object> headers = new HashMap<>();
    headers.put(QueueHeaders.QUEUE, first.queue().value());
    headers.put(QueueHeaders.CLIENT, client);
    put(headers, QueueHeaders.SESSION_ID, first.sessionId().map(SessionId::value).orElse(null));
    return new DeliveredHeaders(headers);
  }

  private static void putDeadLetter(Map<String, Object> headers, DeadLetterDetails details) {
    headers.put(QueueHeaders.DEAD_LETTER_REASON, details.reason());
    put(headers, QueueHeaders.DEAD_LETTER_ERROR_DESCRIPTION, details.description());
    headers.put(QueueHeaders.DEAD_LETTER_SOURCE, details.source());
  }

  private static void putUnlessReserved(Map<String, Object> headers, String name, Object value) {
    if (!QueueHeaders.isReserved(name)) {
      headers.put(name, value);
    }
  }

  private static void put(Map<String, Object> headers, String name, @Nullable Object value) {
    if (value != null) {
      headers.put(name, value);
    }
  }
}
