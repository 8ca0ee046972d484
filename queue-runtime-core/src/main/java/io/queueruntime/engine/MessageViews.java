package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.engine.StoredMessage.Home;
import io.queueruntime.message.MessageState;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shows messages to those outside, from their records and the index. Confined to the engine thread.
 */
final class MessageViews {

  private final EngineContext context;

  MessageViews(EngineContext context) {
    this.context = context;
  }

  ReceivedMessage.Builder<byte[]> builder(StoredMessage message, int deliveryCount) {
    QueueState queue = message.queue();
    ByteBuffer payload = context.log.payload(message);
    long first = RecordHead.first(payload);
    Instant enqueued = Instant.ofEpochMilli(RecordHead.enqueuedTime(payload));
    boolean expires =
        message.expiresAt != StoredMessage.NEVER
            && message.home() != Home.SCHEDULED
            && message.home() != Home.DEAD;
    return MessageContent.received(
            RecordHead.content(payload), queue.name, SequenceNumber.of(message.sequence))
        .state(stateOf(message.home()))
        .deliveryCount(deliveryCount)
        .enqueuedTime(enqueued)
        .enqueuedSequenceNumber(first == 0 ? null : SequenceNumber.of(first))
        .expiresAt(expires ? Instant.ofEpochMilli(message.expiresAt) : null)
        .deadLetter(queue.detailsOf(message));
  }

  List<ReceivedMessage<byte[]>> peek(
      QueueName name,
      SubQueue subQueue,
      @Nullable SessionId sessionId,
      SequenceNumber from,
      int max) {
    QueueState queue = context.require(name, "peek into");
    if (max < 1) {
      throw new ValidationFailed(
          name.value(),
          "Cannot peek into queue '%s': at least 1 message, found %d.".formatted(name, max));
    }
    MessageDirectory directory = subQueue == SubQueue.DEAD_LETTER ? queue.dead : queue.main;
    boolean dead = subQueue == SubQueue.DEAD_LETTER;
    Lane only = sessionId == null || dead ? null : queue.sessions.get(sessionId.value());
    if (sessionId != null && !dead && only == null) {
      return List.of();
    }
    int most = Math.min(max, Deliveries.MAX_BATCH);
    List<ReceivedMessage<byte[]>> seen = new ArrayList<>();
    for (StoredMessage message = directory.ceiling(from.value());
        message != null && seen.size() < most;
        message = directory.ceiling(message.sequence + 1)) {
      if (message.hasExpired(context.wall()) || only != null && message.lane != only) {
        continue;
      }
      ReceivedMessage<byte[]> view = builder(message, message.deliveryCount()).build();
      // Dead letters of all sessions stand in one lane; only their records know which was theirs.
      if (sessionId == null || view.sessionId().filter(sessionId::equals).isPresent()) {
        seen.add(view);
      }
    }
    return seen;
  }

  private static MessageState stateOf(Home home) {
    return switch (home) {
      case ACTIVE, DELAYED, GONE -> MessageState.ACTIVE;
      case SCHEDULED -> MessageState.SCHEDULED;
      case DEFERRED -> MessageState.DEFERRED;
      case DEAD -> MessageState.DEAD_LETTERED;
    };
  }
}
