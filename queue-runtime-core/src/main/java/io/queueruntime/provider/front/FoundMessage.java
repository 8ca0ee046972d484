package io.queueruntime.provider.front;

import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A message as it was found at the broker, ours or a foreign one. Implementations are immutable.
 */
public interface FoundMessage {

  SequenceNumber sequenceNumber();

  String messageId();

  Optional<SessionId> sessionId();

  /** When its life ends; {@code null}: never. */
  @Nullable Instant expires();

  /** Before when it is not to be received; {@code null}: at any time. */
  @Nullable Instant due();

  /** What it bears since it was sent under a duplicate window; {@code null}: it was not. */
  @Nullable CopyMark mark();

  /** How often the broker counts that it was delivered before. */
  int countedBefore();

  /** The message for a caller, but for its lock and its count. */
  ReceivedMessage.Builder<byte[]> toMessage();
}
