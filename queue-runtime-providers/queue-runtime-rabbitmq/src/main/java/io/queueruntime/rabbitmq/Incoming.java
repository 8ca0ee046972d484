package io.queueruntime.rabbitmq;

import com.rabbitmq.client.AMQP;
import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.MessageState;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.front.CopyMark;
import io.queueruntime.provider.front.FoundMessage;
import io.queueruntime.provider.front.KeptMessage;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A message as it was found at the broker, ours or a foreign one. Immutable.
 *
 * <p>A foreign message has no sequence number: it is given one made from its content, which is the
 * same however often it is found.
 */
final class Incoming implements FoundMessage {

  private final QueueName queue;
  private final boolean deadLetter;
  private final AMQP.BasicProperties properties;
  private final Map<String, Object> headers;
  private final byte[] body;
  private final SequenceNumber sequenceNumber;
  private final Instant enqueued;
  private final String messageId;

  Incoming(
      QueueName queue,
      boolean deadLetter,
      AMQP.BasicProperties properties,
      byte[] body,
      Instant found) {
    this.queue = queue;
    this.deadLetter = deadLetter;
    this.properties = properties;
    this.headers = properties.getHeaders() == null ? Map.of() : properties.getHeaders();
    this.body = body;
    this.sequenceNumber =
        SequenceNumber.of(Wire.number(headers.get(Wire.SEQUENCE), 0) & Long.MAX_VALUE).value() == 0
            ? ofContent()
            : SequenceNumber.of(Wire.number(headers.get(Wire.SEQUENCE), 0) & Long.MAX_VALUE);
    Instant told = Wire.instant(headers.get(Wire.ENQUEUED));
    this.enqueued =
        told != null
            ? told
            : properties.getTimestamp() == null ? found : properties.getTimestamp().toInstant();
    String id = Wire.fieldOrHeader("message-id", properties.getMessageId(), headers);
    this.messageId = id == null || id.isEmpty() ? "rabbitmq-" + sequenceNumber : id;
  }

  /** A message that was kept in the state store, as it was at the broker. */
  static Incoming kept(Definition queue, KeptMessage message) {
    Instant enqueued = message.content().enqueuedTime();
    Outgoing outgoing =
        Outgoing.of(message.toOutgoing(), null, queue, message.sequenceNumber(), enqueued);
    return new Incoming(queue.name(), false, outgoing.properties(), outgoing.body(), enqueued);
  }

  private SequenceNumber ofContent() {
    long hash = Arrays.hashCode(body);
    hash = hash * 31 + String.valueOf(properties.getMessageId()).hashCode();
    hash = hash * 31 + String.valueOf(properties.getTimestamp()).hashCode();
    hash = hash * 31 + String.valueOf(properties.getCorrelationId()).hashCode();
    hash *= 0x9e3779b97f4a7c15L;
    return SequenceNumber.of(hash >>> 2 | 1);
  }

  QueueName queue() {
    return queue;
  }

  @Override
  public SequenceNumber sequenceNumber() {
    return sequenceNumber;
  }

  @Override
  public String messageId() {
    return messageId;
  }

  byte[] body() {
    return body;
  }

  AMQP.BasicProperties properties() {
    return properties;
  }

  Map<String, Object> headers() {
    return headers;
  }

  /** Empty too for what is no session id. */
  @Override
  public Optional<SessionId> sessionId() {
    String id = Wire.text(headers.get(Wire.SESSION_ID));
    if (id == null || id.isEmpty() || id.length() > SessionId.MAX_LENGTH) {
      return Optional.empty();
    }
    try {
      return Optional.of(SessionId.of(id));
    } catch (io.queueruntime.QueueRuntimeException e) {
      return Optional.empty();
    }
  }

  /** When its life ends; dead letters live for ever. */
  @Override
  public @Nullable Instant expires() {
    return deadLetter ? null : Wire.instant(headers.get(Wire.EXPIRES));
  }

  /** Before when it is not to be received. */
  @Override
  public @Nullable Instant due() {
    return Wire.instant(headers.get(Wire.DUE));
  }

  @Override
  public @Nullable CopyMark mark() {
    Object until = headers.get(Wire.COPY_UNTIL);
    return CopyMark.of(
        Wire.text(headers.get(Wire.COPY)), until == null ? null : Wire.number(until, 0));
  }

  Instant enqueued() {
    return enqueued;
  }

  /** How often the broker counts that it was delivered before. */
  @Override
  public int countedBefore() {
    return (int) Math.min(Integer.MAX_VALUE, Wire.number(headers.get(Wire.DELIVERY_COUNT), 0));
  }

  /** The message for a caller, but for its lock and its count. */
  @Override
  public ReceivedMessage.Builder<byte[]> toMessage() {
    return ReceivedMessage.of(queue, sequenceNumber, messageId, body)
        .state(deadLetter ? MessageState.DEAD_LETTERED : MessageState.ACTIVE)
        .sessionId(sessionId().orElse(null))
        .enqueuedTime(enqueued)
        .expiresAt(expires())
        .scheduledEnqueueTime(due())
        .correlationId(Wire.fieldOrHeader("correlation-id", properties.getCorrelationId(), headers))
        .replyTo(Wire.fieldOrHeader("reply-to", properties.getReplyTo(), headers))
        .replyToSessionId(Wire.text(headers.get(Wire.REPLY_TO_SESSION)))
        .contentType(Wire.fieldOrHeader("content-type", properties.getContentType(), headers))
        .subject(Wire.text(headers.get(Wire.SUBJECT)))
        .payloadType(Wire.fieldOrHeader("type", properties.getType(), headers))
        .headers(Wire.read(headers))
        .deadLetter(deadLetter ? details() : null);
  }

  private DeadLetterDetails details() {
    String reason = Wire.text(headers.get(Wire.DEAD_REASON));
    if (reason != null) {
      Instant last = Wire.instant(headers.get(Wire.DEAD_LAST));
      return new DeadLetterDetails(
          reason,
          Wire.text(headers.get(Wire.DEAD_DESCRIPTION)),
          String.valueOf(Wire.text(headers.get(Wire.DEAD_SOURCE))),
          SequenceNumber.of(Wire.number(headers.get(Wire.DEAD_SEQUENCE), 0)),
          (int) Wire.number(headers.get(Wire.DEAD_COUNT), 0),
          Wire.text(headers.get(Wire.DEAD_EXCEPTION)),
          Wire.instant(headers.get(Wire.DEAD_FIRST)),
          last == null ? enqueued : last);
    }
    Map<?, ?> death =
        headers.get(Wire.DEATH) instanceof List<?> deaths
                && !deaths.isEmpty()
                && deaths.get(0) instanceof Map<?, ?> first
            ? first
            : Map.of();
    Instant when = death.get("time") instanceof java.util.Date date ? date.toInstant() : enqueued;
    return new DeadLetterDetails(
        reasonOfBroker(Wire.text(death.get("reason"))),
        "RabbitMQ dead-lettered the message itself (%s).".formatted(Wire.text(death.get("reason"))),
        queue.value(),
        sequenceNumber,
        countedBefore(),
        null,
        null,
        when);
  }

  private static String reasonOfBroker(@Nullable String reason) {
    return switch (String.valueOf(reason)) {
      case "expired" -> DeadLetterDetails.TIME_TO_LIVE_EXPIRED;
      case "delivery_limit" -> DeadLetterDetails.MAX_DELIVERY_COUNT_EXCEEDED;
      case "rejected" -> "Rejected";
      case "maxlen" -> "QueueFull";
      default -> "DeadLettered";
    };
  }
}
