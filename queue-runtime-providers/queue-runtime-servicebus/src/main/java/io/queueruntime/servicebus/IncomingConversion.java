package io.queueruntime.servicebus;

import com.azure.core.amqp.models.AmqpMessageBody;
import com.azure.messaging.servicebus.ServiceBusReceivedMessage;
import com.azure.messaging.servicebus.models.ServiceBusMessageState;
import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.MessageState;
import io.queueruntime.message.QueueHeaders;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.apache.qpid.proton.amqp.Binary;
import org.jspecify.annotations.Nullable;

/**
 * A message of Service Bus as one of the runtime: also one that a foreign sender made, without an
 * id, or with a value or a sequence for its body.
 *
 * <p>Immutable and thread-safe.
 *
 * @param queue where it was found
 * @param subQueue in which part
 */
record IncomingConversion(QueueName queue, SubQueue subQueue, ProviderTime time) {

  /** Service Bus says "for ever" with a time to live of more than 29,000 years. */
  private static final Duration FOR_EVER = Duration.ofDays(36_500);

  private static final int ID_MAX = SessionId.MAX_LENGTH;

  /** A message that is locked for the caller. */
  ReceivedMessage<byte[]> delivered(ServiceBusReceivedMessage wire) {
    ReceivedMessage.Builder<byte[]> message =
        common(wire, Math.max(0, wire.getDeliveryCount()) + 1);
    OffsetDateTime until = wire.getLockedUntil();
    String token = wire.getLockToken();
    if (token != null) {
      message.lock(
          LockToken.of(UUID.fromString(token)),
          until == null ? time.now() : time.fromBroker(until.toInstant()));
    }
    return message.nativeMessage(wire).build();
  }

  /** A message that was only looked at. */
  ReceivedMessage<byte[]> seen(ServiceBusReceivedMessage wire) {
    return common(wire, Math.max(0, wire.getDeliveryCount())).nativeMessage(wire).build();
  }

  /**
   * Stands for a message that was only looked at and that the SDK cannot read: without a body, and
   * with what went wrong in the header {@link WireProperties#UNREADABLE}.
   */
  ReceivedMessage<byte[]> unreadable(SequenceNumber place, Throwable error) {
    String why = String.valueOf(FailureKind.unwrapped(error).getMessage());
    ReceivedMessage.Builder<byte[]> message =
        ReceivedMessage.of(queue, place, place.toString(), new byte[0])
            .headers(Map.of(WireProperties.UNREADABLE, Settling.cut(why)));
    if (subQueue == SubQueue.DEAD_LETTER) {
      message
          .state(MessageState.DEAD_LETTERED)
          .deadLetter(
              new DeadLetterDetails("", null, queue.value(), place, 0, null, null, Instant.EPOCH));
    }
    return message.build();
  }

  private ReceivedMessage.Builder<byte[]> common(ServiceBusReceivedMessage wire, long count) {
    Map<String, Object> properties = wire.getApplicationProperties();
    ReceivedMessage.Builder<byte[]> message =
        ReceivedMessage.of(queue, SequenceNumber.of(wire.getSequenceNumber()), id(wire), body(wire))
            .state(state(wire))
            .sessionId(sessionId(wire))
            .deliveryCount((int) Math.min(Integer.MAX_VALUE, count))
            .correlationId(wire.getCorrelationId())
            .replyTo(wire.getReplyTo())
            .replyToSessionId(wire.getReplyToSessionId())
            .contentType(wire.getContentType())
            .subject(wire.getSubject())
            .payloadType(text(properties.get(WireProperties.PAYLOAD_TYPE)))
            .expiresAt(expiresAt(wire))
            .headers(headers(properties));
    if (wire.getEnqueuedTime() != null) {
      message.enqueuedTime(time.fromBroker(wire.getEnqueuedTime().toInstant()));
    }
    if (wire.getScheduledEnqueueTime() != null) {
      message.scheduledEnqueueTime(time.fromBroker(wire.getScheduledEnqueueTime().toInstant()));
    }
    if (subQueue == SubQueue.DEAD_LETTER) {
      message.deadLetter(deadLetter(wire));
    }
    return message;
  }

  private static String id(ServiceBusReceivedMessage wire) {
    Object replayed = wire.getApplicationProperties().get(WireProperties.REPLAYED_ID);
    if (replayed instanceof String id && !id.isEmpty()) {
      return id;
    }
    String id = wire.getMessageId();
    return id == null || id.isEmpty() ? Long.toString(wire.getSequenceNumber()) : id;
  }

  private MessageState state(ServiceBusReceivedMessage wire) {
    if (subQueue == SubQueue.DEAD_LETTER) {
      return MessageState.DEAD_LETTERED;
    } else if (wire.getState() == ServiceBusMessageState.SCHEDULED) {
      return MessageState.SCHEDULED;
    }
    return wire.getState() == ServiceBusMessageState.DEFERRED
        ? MessageState.DEFERRED
        : MessageState.ACTIVE;
  }

  /** Service Bus carries the id also on queues without sessions, where it means nothing. */
  private static @Nullable SessionId sessionId(ServiceBusReceivedMessage wire) {
    String id = wire.getSessionId();
    if (id == null
        || id.isEmpty()
        || id.length() > ID_MAX
        || id.chars().anyMatch(Character::isISOControl)) {
      return null;
    }
    return SessionId.of(id);
  }

  private @Nullable Instant expiresAt(ServiceBusReceivedMessage wire) {
    Duration life = wire.getTimeToLive();
    OffsetDateTime from = wire.getEnqueuedTime();
    if (life == null || life.isZero() || life.compareTo(FOR_EVER) > 0 || from == null) {
      return null;
    }
    return time.fromBroker(from.toInstant().plus(life));
  }

  private Map<String, Object> headers(Map<String, Object> properties) {
    Map<String, Object> headers = new LinkedHashMap<>();
    properties.forEach(
        (name, value) -> {
          Object header = isOwn(name) ? null : HeaderTypes.fromWire(value);
          if (header != null) {
            headers.put(name, header);
          }
        });
    return headers.isEmpty() ? Map.of() : Collections.unmodifiableMap(headers);
  }

  private boolean isOwn(String name) {
    return QueueHeaders.isReserved(name)
        || subQueue == SubQueue.DEAD_LETTER
            && (name.equals(WireProperties.DEAD_LETTER_REASON)
                || name.equals(WireProperties.DEAD_LETTER_DESCRIPTION));
  }

  private DeadLetterDetails deadLetter(ServiceBusReceivedMessage wire) {
    Map<String, Object> properties = wire.getApplicationProperties();
    String reason = text(properties.get(WireProperties.DEAD_LETTER_REASON));
    String source = wire.getDeadLetterSource();
    Instant last = HeaderTypes.instant(properties.get(WireProperties.LAST_FAILURE));
    Instant first = HeaderTypes.instant(properties.get(WireProperties.FIRST_FAILURE));
    return new DeadLetterDetails(
        reason == null ? "" : reason,
        text(properties.get(WireProperties.DEAD_LETTER_DESCRIPTION)),
        source == null || source.isEmpty() ? queue.value() : source,
        SequenceNumber.of(wire.getSequenceNumber()),
        properties.get(WireProperties.DELIVERIES) instanceof Number count
            ? count.intValue()
            : (int) Math.min(Integer.MAX_VALUE, Math.max(0, wire.getDeliveryCount())),
        text(properties.get(WireProperties.EXCEPTION_CLASS)),
        first,
        last == null ? lastFailureOf(wire, first) : last);
  }

  /** The broker does not say when it gave the message up: not before it came, and first failed. */
  private Instant lastFailureOf(ServiceBusReceivedMessage wire, @Nullable Instant first) {
    OffsetDateTime enqueued = wire.getEnqueuedTime();
    Instant came = enqueued == null ? Instant.EPOCH : time.fromBroker(enqueued.toInstant());
    return first != null && first.isAfter(came) ? first : came;
  }

  private static @Nullable String text(@Nullable Object value) {
    return value == null ? null : value.toString();
  }

  private static byte[] body(ServiceBusReceivedMessage wire) {
    AmqpMessageBody body = wire.getRawAmqpMessage().getBody();
    return switch (body.getBodyType()) {
      case DATA -> data(body);
      case VALUE -> value(body.getValue());
      case SEQUENCE -> value(body.getSequence());
    };
  }

  private static byte[] data(AmqpMessageBody body) {
    ByteArrayOutputStream all = null;
    byte[] first = null;
    for (byte[] part : body.getData()) {
      if (first == null) {
        first = part;
      } else {
        if (all == null) {
          all = new ByteArrayOutputStream();
          all.writeBytes(first);
        }
        all.writeBytes(part);
      }
    }
    return all != null ? all.toByteArray() : first == null ? new byte[0] : first;
  }

  private static byte[] value(@Nullable Object value) {
    if (value == null) {
      return new byte[0];
    } else if (value instanceof byte[] bytes) {
      return bytes;
    } else if (value instanceof Binary binary) {
      return HeaderTypes.bytes(binary);
    }
    return value.toString().getBytes(StandardCharsets.UTF_8);
  }
}
