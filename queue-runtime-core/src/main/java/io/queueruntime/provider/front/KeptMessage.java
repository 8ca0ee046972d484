package io.queueruntime.provider.front;

import io.queueruntime.message.MessageState;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A message that is kept in the state store instead of at the broker, with all that it carries and
 * what it has been through. Immutable.
 *
 * @param content the message without a lock
 * @param timeToLive its own, where it has one
 * @param deliveries how many there were before it was kept
 * @param firstFailure when the first of them failed; {@code null}: none did
 * @param mark of one that was sent under a duplicate window and never received yet
 */
public record KeptMessage(
    ReceivedMessage<byte[]> content,
    @Nullable Duration timeToLive,
    int deliveries,
    @Nullable Instant firstFailure,
    @Nullable CopyMark mark)
    implements FoundMessage {

  /** What the broker gave, which was delivered that often. */
  static KeptMessage of(FoundMessage found, int deliveries, @Nullable Instant firstFailure) {
    ReceivedMessage<byte[]> content = found.toMessage().deliveryCount(deliveries).build();
    Instant expires = found.expires();
    Duration life = expires == null ? null : Duration.between(content.enqueuedTime(), expires);
    boolean lives = life != null && !life.isNegative() && !life.isZero();
    return new KeptMessage(content, lives ? life : null, deliveries, firstFailure, null);
  }

  /**
   * A message that is to be sent later.
   *
   * @param now when it is scheduled
   */
  static KeptMessage of(
      QueueName queue,
      OutgoingMessage message,
      @Nullable CopyMark mark,
      String id,
      SequenceNumber number,
      Instant now) {
    ReceivedMessage<byte[]> content =
        ReceivedMessage.of(queue, number, id, message.body())
            .state(MessageState.SCHEDULED)
            .sessionId(message.sessionId().orElse(null))
            .enqueuedTime(now)
            .scheduledEnqueueTime(
                message.scheduledEnqueueTime().map(KeptMessage::toMillis).orElse(null))
            .correlationId(message.correlationId().orElse(null))
            .replyTo(message.replyTo().orElse(null))
            .replyToSessionId(message.replyToSessionId().orElse(null))
            .contentType(message.contentType().orElse(null))
            .subject(message.subject().orElse(null))
            .payloadType(message.payloadType().orElse(null))
            .headers(message.headers())
            .build();
    return new KeptMessage(content, message.timeToLive().orElse(null), 0, null, mark);
  }

  /** Rounded up, so that it is not due early. */
  private static Instant toMillis(Instant time) {
    return time.plusNanos(999_999).truncatedTo(ChronoUnit.MILLIS);
  }

  public QueueName queue() {
    return content.queue();
  }

  @Override
  public SequenceNumber sequenceNumber() {
    return content.sequenceNumber();
  }

  @Override
  public String messageId() {
    return content.messageId();
  }

  @Override
  public Optional<SessionId> sessionId() {
    return content.sessionId();
  }

  @Override
  public @Nullable Instant expires() {
    return content.expiresAt().orElse(null);
  }

  @Override
  public @Nullable Instant due() {
    return content.scheduledEnqueueTime().orElse(null);
  }

  @Override
  public int countedBefore() {
    return deliveries;
  }

  /** As a sender would give it, with its id. */
  public OutgoingMessage toOutgoing() {
    return OutgoingMessage.again(content).timeToLive(timeToLive).build();
  }

  @Override
  public ReceivedMessage.Builder<byte[]> toMessage() {
    return ReceivedMessage.of(queue(), sequenceNumber(), messageId(), content.body())
        .state(content.state())
        .sessionId(content.sessionId().orElse(null))
        .deliveryCount(deliveries)
        .enqueuedTime(content.enqueuedTime())
        .expiresAt(expires())
        .scheduledEnqueueTime(due())
        .correlationId(content.correlationId().orElse(null))
        .replyTo(content.replyTo().orElse(null))
        .replyToSessionId(content.replyToSessionId().orElse(null))
        .contentType(content.contentType().orElse(null))
        .subject(content.subject().orElse(null))
        .payloadType(content.payloadType().orElse(null))
        .headers(content.headers());
  }
}
