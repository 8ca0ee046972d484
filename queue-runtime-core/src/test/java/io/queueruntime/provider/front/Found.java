package io.queueruntime.provider.front;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A message that was never delivered before and never expires. Immutable.
 *
 * @param givenId {@code null}: one made from its number
 */
record Found(
    QueueName queue,
    SequenceNumber sequenceNumber,
    Optional<SessionId> sessionId,
    @Nullable String givenId,
    @Nullable CopyMark mark)
    implements FoundMessage {

  Found(QueueName queue, SequenceNumber sequenceNumber, Optional<SessionId> sessionId) {
    this(queue, sequenceNumber, sessionId, null, null);
  }

  static SequenceNumber number(long number) {
    return SequenceNumber.of(number);
  }

  @Override
  public String messageId() {
    return givenId == null ? "message-" + sequenceNumber : givenId;
  }

  @Override
  public @Nullable Instant expires() {
    return null;
  }

  @Override
  public @Nullable Instant due() {
    return null;
  }

  @Override
  public int countedBefore() {
    return 0;
  }

  @Override
  public ReceivedMessage.Builder<byte[]> toMessage() {
    byte[] body = messageId().getBytes(StandardCharsets.UTF_8);
    return ReceivedMessage.of(queue, sequenceNumber, messageId(), body)
        .sessionId(sessionId.orElse(null));
  }
}
