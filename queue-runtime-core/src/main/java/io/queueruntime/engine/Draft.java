package io.queueruntime.engine;

import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.SessionId;
import org.jspecify.annotations.Nullable;

/**
 * A message on its way in: encoded by its sender's thread, so that the engine thread only fills in
 * what it decides, and then is the event that lets it in.
 *
 * <p>Immutable, but for the head of the payload, which belongs to the engine thread.
 *
 * @param payload of the record, with room for its head
 * @param ownIdHash of an id that the caller gave: one that was made here is not remembered
 * @param terms what few messages have
 */
record Draft(
    String messageId,
    @Nullable String sessionId,
    @Nullable String deduplicationKey,
    byte[] payload,
    DuplicateHistory.@Nullable Hash ownIdHash,
    Terms terms)
    implements Event.Enqueued {

  /**
   * What a message asks for, and what it brings along.
   *
   * @param timeToLive its own, in milliseconds; -1 without one
   * @param scheduledFor wall-clock milliseconds; 0: at once
   * @param journey where it was before
   * @param place reserved for it; without one it takes a place at the end
   */
  record Terms(long timeToLive, long scheduledFor, Journey journey, @Nullable Place place) {

    /** Those of most messages. */
    static final Terms NONE = new Terms(-1, 0, Journey.NONE, null);

    static Terms of(OutgoingMessage message, @Nullable Place place) {
      return message.timeToLive().isEmpty()
              && message.scheduledEnqueueTime().isEmpty()
              && place == null
          ? NONE
          : new Terms(
              message.timeToLive().map(MessageContent::millisUp).orElse(-1L),
              message.scheduledEnqueueTime().map(MessageContent::millisUp).orElse(0L),
              Journey.NONE,
              place);
    }

    static Terms of(Journey journey) {
      return new Terms(-1, 0, journey, null);
    }
  }

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
        id,
        message.sessionId().map(SessionId::value).orElse(null),
        message.deduplicationKey().orElse(null),
        MessageContent.encode(message, id, RecordHead.SIZE),
        ownId ? DuplicateHistory.hash(id) : null,
        Terms.of(message, place));
  }

  /** A message that is here already and takes another place. */
  static Draft again(byte[] payload, MessageContent.Keys keys) {
    return again(payload, keys, null, Terms.NONE);
  }

  static Draft again(
      byte[] payload,
      MessageContent.Keys keys,
      DuplicateHistory.@Nullable Hash ownIdHash,
      Terms terms) {
    return new Draft(
        keys.messageId(), keys.sessionId(), keys.deduplicationKey(), payload, ownIdHash, terms);
  }

  /** Fills in what was decided, see {@link RecordHead#put}: now it is the event. */
  Draft enqueued(
      int queueId,
      long sequence,
      Kind kind,
      int hops,
      long origin,
      long first,
      long enqueuedTime,
      long dueAt,
      long expiresAt,
      long rememberedUntil) {
    RecordHead.put(
        payload,
        queueId,
        sequence,
        kind,
        hops,
        origin,
        first,
        enqueuedTime,
        dueAt,
        expiresAt,
        rememberedUntil);
    return this;
  }

  /** Size that limits apply to, in bytes. */
  int size() {
    return payload.length - RecordHead.SIZE;
  }

  @Override
  public DuplicateHistory.Hash idHash() {
    return ownIdHash == null ? DuplicateHistory.hash(messageId) : ownIdHash;
  }

  @Override
  public byte[] head() {
    return payload;
  }
}
