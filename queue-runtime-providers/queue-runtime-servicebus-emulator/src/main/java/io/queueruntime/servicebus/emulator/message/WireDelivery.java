package io.queueruntime.servicebus.emulator.message;

import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.MessageState;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns what the engine delivers, or shows, into the bytes a receiver gets: the message as it was
 * sent, with what the broker says of it.
 *
 * <p>The header and the message annotations are written anew. Of the properties only the expiry
 * time changes, of the application properties only those that were edited, or that say why a
 * message is a dead letter. All else are the sender's bytes.
 */
public final class WireDelivery {

  private static final String DEAD_LETTER_REASON = "DeadLetterReason";
  private static final String DEAD_LETTER_DESCRIPTION = "DeadLetterErrorDescription";
  private static final long MAX_UINT = 0xffff_ffffL;

  /** What of a message is shown. */
  public enum View {
    /** All, and until when it is held if it is. */
    HELD,
    /** All, to a receiver that will not settle it: it holds nothing. */
    GIVEN_AWAY,
    /** Nothing of its body and footer: what a browser shows that is not asked for contents. */
    WITHOUT_BODY
  }

  private WireDelivery() {}

  /**
   * The encoded message.
   *
   * @param message its body is what {@link WireMessage#toOutgoing} made
   * @param offset how far the queues' time is ahead of the receiver's
   */
  public static byte[] encode(ReceivedMessage<byte[]> message, Duration offset) {
    return encode(message, offset, View.HELD);
  }

  /** The encoded message as somebody sees it. */
  public static byte[] encode(ReceivedMessage<byte[]> message, Duration offset, View view) {
    byte[] body = message.body();
    StoredBody stored = StoredBody.read(body);
    AmqpWriter out = new AmqpWriter(body.length + 320);
    writeHeader(message, stored.header(), out);
    writeAnnotations(message, stored, offset, view, out);
    writeProperties(message, stored, offset, out);
    Map<String, byte[]> edits = edits(message);
    if (edits.isEmpty()) {
      out.raw(body, stored.applicationProperties().start(), stored.applicationProperties().end());
    } else {
      ApplicationProperties.writeWith(stored.amqp(), stored.applicationProperties(), edits, out);
    }
    if (view != View.WITHOUT_BODY) {
      out.raw(body, stored.applicationProperties().end(), body.length);
    }
    return out.toBytes();
  }

  private static void writeHeader(ReceivedMessage<byte[]> message, Header header, AmqpWriter out) {
    int list = out.section(Sections.HEADER).open(AmqpBytes.LIST32);
    out.bool(header.durable()).ubyte(header.priority());
    Long timeToLive = timeToLive(message, header);
    if (timeToLive == null) {
      out.nil();
    } else {
      out.uint(timeToLive);
    }
    out.nil().uint(previousDeliveries(message));
    out.close(list, 5);
  }

  /** As sent, or less where the queue allows less: clients add it to the enqueued time. */
  private static @Nullable Long timeToLive(ReceivedMessage<byte[]> message, Header header) {
    Instant expires = message.expiresAt().orElse(null);
    if (expires == null) {
      return header.timeToLive();
    }
    long life = Duration.between(message.enqueuedTime(), expires).toMillis();
    return Math.max(0, Math.min(life, MAX_UINT));
  }

  private static int previousDeliveries(ReceivedMessage<byte[]> message) {
    DeadLetterDetails deadLetter = message.deadLetter().orElse(null);
    if (deadLetter != null) {
      // Taking a dead letter is no further attempt at it.
      return deadLetter.deliveryCount();
    }
    boolean delivered = message.lockToken().isPresent();
    return Math.max(0, message.deliveryCount() - (delivered ? 1 : 0));
  }

  private static void writeAnnotations(
      ReceivedMessage<byte[]> message,
      StoredBody stored,
      Duration offset,
      View view,
      AmqpWriter out) {
    Annotations sent = Annotations.read(stored.amqp(), stored.annotations());
    int map = out.section(Sections.MESSAGE_ANNOTATIONS).open(AmqpBytes.MAP32);
    int items = sent.copyTo(out);
    out.symbol(Annotations.ENQUEUED_TIME).timestamp(message.enqueuedTime().minus(offset));
    out.symbol(Annotations.SEQUENCE_NUMBER).int64(message.sequenceNumber().value());
    out.symbol(Annotations.MESSAGE_STATE).int32(state(message.state()));
    items += 6;
    SequenceNumber first = message.enqueuedSequenceNumber();
    if (!first.equals(message.sequenceNumber())) {
      out.symbol(Annotations.ENQUEUE_SEQUENCE_NUMBER).int64(first.value());
      items += 2;
    }
    Instant lockedUntil = message.lockedUntil().orElse(null);
    if (lockedUntil != null && view == View.HELD) {
      out.symbol(Annotations.LOCKED_UNTIL).timestamp(lockedUntil.minus(offset));
      items += 2;
    }
    Instant scheduled = message.scheduledEnqueueTime().orElse(null);
    if (scheduled != null) {
      out.symbol(Annotations.SCHEDULED_ENQUEUE_TIME).timestamp(scheduled.minus(offset));
      items += 2;
    }
    DeadLetterDetails deadLetter = message.deadLetter().orElse(null);
    if (deadLetter != null) {
      out.symbol(Annotations.DEAD_LETTER_SOURCE).string(deadLetter.source());
      items += 2;
    }
    out.close(map, items);
  }

  private static void writeProperties(
      ReceivedMessage<byte[]> message, StoredBody stored, Duration offset, AmqpWriter out) {
    Instant expires = message.expiresAt().orElse(null);
    if (expires == null) {
      out.raw(stored.amqp().bytes, stored.properties().start(), stored.properties().end());
      return;
    }
    byte[] time = new AmqpWriter(16).timestamp(expires.minus(offset)).toBytes();
    Fields.read(stored.amqp(), stored.properties())
        .writeWith(Fields.ABSOLUTE_EXPIRY_TIME, time, out);
  }

  private static int state(MessageState state) {
    return switch (state) {
      case ACTIVE, DEAD_LETTERED -> 0;
      case DEFERRED -> 1;
      case SCHEDULED -> 2;
    };
  }

  private static Map<String, byte[]> edits(ReceivedMessage<byte[]> message) {
    DeadLetterDetails deadLetter = message.deadLetter().orElse(null);
    if (deadLetter == null && message.headers().isEmpty()) {
      return Map.of();
    }
    Map<String, byte[]> edits = new LinkedHashMap<>();
    message
        .headers()
        .forEach((name, value) -> edits.put(name, PropertyEdits.encodedOf(name, value)));
    if (deadLetter != null) {
      if (!deadLetter.reason().isEmpty()) {
        edits.put(DEAD_LETTER_REASON, string(deadLetter.reason()));
      }
      String description = deadLetter.description();
      if (description != null) {
        edits.put(DEAD_LETTER_DESCRIPTION, string(description));
      }
    }
    return edits;
  }

  private static byte[] string(String value) {
    return new AmqpWriter(value.length() * 3 + 8).string(value).toBytes();
  }
}
