package io.queueruntime.servicebus.emulator.message;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.servicebus.emulator.message.InvalidMessage.Reason;
import io.queueruntime.servicebus.emulator.message.Sections.Section;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message as a client sent it: checked to the last byte, and kept as bytes.
 *
 * <p>Immutable, as long as nobody changes the array it was read from.
 */
public final class WireMessage {

  /** Format of a transfer that carries one message. */
  public static final int SINGLE_FORMAT = 0;

  /** Format of a transfer that carries a batch: each of its data sections is a whole message. */
  public static final int BATCH_FORMAT = 0x80013700;

  private final Sections sections;
  private final Header header;
  private final Annotations annotations;
  private final Fields fields;
  private final @Nullable String messageId;
  private final @Nullable String groupId;

  private WireMessage(byte[] bytes, MessageLimits limits) {
    if (bytes.length > limits.maxMessageBytes()) {
      throw new InvalidMessage(
          Reason.TOO_LARGE,
          "The message has %d bytes; at most %d are taken."
              .formatted(bytes.length, limits.maxMessageBytes()));
    }
    sections = Sections.of(bytes);
    AmqpBytes amqp = sections.amqp;
    header = Header.read(amqp, sections.find(Sections.HEADER));
    annotations = Annotations.read(amqp, sections.find(Sections.MESSAGE_ANNOTATIONS));
    fields = Fields.read(amqp, sections.find(Sections.PROPERTIES));
    messageId = limited("MessageId", fields.messageId(), limits);
    groupId = limited("SessionId", fields.groupId(), limits);
    limited("PartitionKey", annotations.partitionKey(), limits);
    ApplicationProperties.check(amqp, sections.find(Sections.APPLICATION_PROPERTIES), limits);
  }

  /**
   * Reads one message.
   *
   * @throws InvalidMessage when it is not AMQP, or more than the limits allow
   */
  public static WireMessage parse(byte[] bytes, MessageLimits limits) {
    return new WireMessage(bytes, limits);
  }

  /**
   * Reads what one transfer carries: a message, or a batch of them. The limit on a message is also
   * the limit on a batch.
   *
   * @param format the transfer's message-format
   * @return at least one message, in the order they were sent
   * @throws InvalidMessage when any of them is none; then none may be taken
   */
  public static List<WireMessage> parseTransfer(long format, byte[] bytes, MessageLimits limits) {
    if ((int) format == SINGLE_FORMAT) {
      return List.of(parse(bytes, limits));
    }
    if ((int) format != BATCH_FORMAT) {
      throw InvalidMessage.malformed(
          "message-format 0x%08x is neither a message nor a batch".formatted((int) format));
    }
    if (bytes.length > limits.maxMessageBytes()) {
      throw new InvalidMessage(
          Reason.TOO_LARGE,
          "The batch has %d bytes; at most %d are taken."
              .formatted(bytes.length, limits.maxMessageBytes()));
    }
    // What the envelope says beside its data is a hint for partitioned queues.
    Sections envelope = Sections.of(bytes);
    List<WireMessage> messages = new ArrayList<>();
    for (Section section : envelope.all) {
      if (section.descriptor() == Sections.DATA) {
        messages.add(parse(envelope.amqp.content(section.value()), limits));
      }
    }
    if (messages.isEmpty()) {
      throw InvalidMessage.malformed("a batch without a data section");
    }
    return messages;
  }

  /** The sender's own id, as text. */
  public Optional<String> messageId() {
    return Optional.ofNullable(messageId);
  }

  /** The id of its session, if the queue it goes to has sessions. */
  public Optional<String> groupId() {
    return Optional.ofNullable(groupId);
  }

  /** When it is to be enqueued, by the sender's clock. */
  public Optional<Instant> scheduledEnqueueTime() {
    return Optional.ofNullable(annotations.scheduledEnqueueTime());
  }

  /**
   * The message as the engine takes it. A message without an id is given one.
   *
   * @param sessions whether the queue has sessions
   * @param offset how far the queues' time is ahead of the sender's
   * @throws InvalidMessage when the queue has sessions and the message has none
   */
  public OutgoingMessage toOutgoing(boolean sessions, Duration offset) {
    String generated = messageId == null ? generatedId() : null;
    OutgoingMessage.Builder message = OutgoingMessage.of(storedBody(generated));
    if (generated == null) {
      message.messageId(messageId);
    } else {
      message.generatedMessageId(generated);
    }
    if (sessions) {
      message.sessionId(sessionId());
    }
    Long timeToLive = header.timeToLive();
    if (timeToLive != null && timeToLive > 0) {
      message.timeToLive(Duration.ofMillis(timeToLive));
    }
    Instant scheduled = annotations.scheduledEnqueueTime();
    if (scheduled != null) {
      message.scheduledEnqueueTime(scheduled.plus(offset));
    }
    return message.build();
  }

  private SessionId sessionId() {
    if (groupId == null) {
      throw new InvalidMessage(
          Reason.NO_SESSION,
          "The SessionId was not set on a message, and it cannot be sent to the entity. Entities that have session support enabled can only receive messages that have the SessionId set to a valid value.");
    }
    try {
      return SessionId.of(groupId);
    } catch (ValidationFailed refused) {
      throw new InvalidMessage(Reason.BAD_ID, String.valueOf(refused.getMessage()));
    }
  }

  private byte[] storedBody(@Nullable String generatedId) {
    byte[] bytes = sections.amqp.bytes;
    Section annotationsAt = sections.find(Sections.MESSAGE_ANNOTATIONS);
    Section propertiesAt = sections.find(Sections.PROPERTIES);
    Section applicationAt = sections.find(Sections.APPLICATION_PROPERTIES);
    byte[] properties = null;
    if (generatedId != null) {
      AmqpWriter out = new AmqpWriter(propertiesAt.end() - propertiesAt.start() + 64);
      byte[] id = new AmqpWriter(40).string(generatedId).toBytes();
      fields.writeWith(Fields.MESSAGE_ID, id, out);
      properties = out.toBytes();
    }
    AmqpWriter out =
        StoredBody.write(
            header,
            annotationsAt.end() - annotationsAt.start(),
            properties == null ? propertiesAt.end() - propertiesAt.start() : properties.length,
            applicationAt.end() - applicationAt.start(),
            bytes.length - annotationsAt.start() + (properties == null ? 0 : properties.length));
    if (properties == null) {
      return out.raw(bytes, annotationsAt.start(), bytes.length).toBytes();
    }
    return out.raw(bytes, annotationsAt.start(), propertiesAt.start())
        .raw(properties)
        .raw(bytes, propertiesAt.end(), bytes.length)
        .toBytes();
  }

  private static String generatedId() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  private static @Nullable String limited(String what, @Nullable String id, MessageLimits limits) {
    if (id != null && id.length() > limits.maxIdLength()) {
      throw new InvalidMessage(
          Reason.BAD_ID,
          "The length of the %s of the message is %d characters; at most %d are taken."
              .formatted(what, id.length(), limits.maxIdLength()));
    }
    return id;
  }

  /** Ids and sizes only. */
  @Override
  public String toString() {
    return "WireMessage["
        + (messageId == null ? "no id" : messageId)
        + (groupId == null ? "" : ", group " + groupId)
        + ", "
        + sections.amqp.bytes.length
        + " bytes]";
  }
}
