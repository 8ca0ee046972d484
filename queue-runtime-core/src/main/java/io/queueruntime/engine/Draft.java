package io.queueruntime.engine;

import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.SessionId;
import org.jspecify.annotations.Nullable;

/**
 * A message on its way in: encoded by its sender's thread, so that the engine thread only fills in
 * what it decides.
 *
 * <p>Immutable, but for the head of the payload, which belongs to the engine thread.
 *
 * @param idHash what duplicate detection compares; absent when the id was not given by the caller
 * @param scheduledFor wall-clock milliseconds; 0: at once
 * @param journey where it was before
 * @param place reserved for it; without one it takes a place at the end
 */
record Draft(
    MessageContent.Keys keys,
    byte[] payload,
    DuplicateHistory.@Nullable Hash idHash,
    long scheduledFor,
    Journey journey,
    @Nullable Place place) {

  /**
   * What a message brings along from the queues it was forwarded through.
   *
   * @param first the sequence number it was first given; 0: none yet
   * @param hops how often it was forwarded
   * @param expiresAt when its life ends at the latest, in wall-clock milliseconds
   */
  record Journey(long first, int hops, long expiresAt) {

    /** That of a message which begins here. */
    static final Journey NONE = new Journey(0, 0, StoredMessage.NEVER);
  }

  static Draft of(OutgoingMessage message, String generatedId) {
    return of(message, generatedId, null);
  }

  static Draft of(OutgoingMessage message, String generatedId, @Nullable Place place) {
    boolean ownId = message.messageId().isPresent() && !message.hasGeneratedId();
    String id = message.messageId().orElse(generatedId);
    return new Draft(
        new MessageContent.Keys(
            id,
            message.sessionId().map(SessionId::value).orElse(null),
            message.deduplicationKey().orElse(null),
            message.timeToLive().map(MessageContent::millisUp).orElse(-1L)),
        MessageContent.encode(message, id, EventCodec.CONTENT_AT),
        ownId ? DuplicateHistory.hash(id) : null,
        message.scheduledEnqueueTime().map(MessageContent::millisUp).orElse(0L),
        Journey.NONE,
        place);
  }

  /** Size that limits apply to, in bytes. */
  int size() {
    return payload.length - EventCodec.CONTENT_AT;
  }
}
