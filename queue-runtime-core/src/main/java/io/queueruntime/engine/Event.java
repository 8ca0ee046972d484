package io.queueruntime.engine;

import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened and survives: what the journal stores, and the only thing that changes
 * {@link EngineState}.
 *
 * <p>Every event says what holds after it, never by how much something changed, and is harmless
 * when its message or queue is not there: a snapshot is taken while work goes on, so recovery
 * applies events to a state that shows the effects of some of them already.
 *
 * <p>Immutable.
 */
sealed interface Event {

  /** Why a message left for good. */
  enum Cause {
    COMPLETED,
    EXPIRED,
    CANCELLED,
    PURGED,
    DISCARDED,
    SUPERSEDED,
    FORWARDED
  }

  int queueId();

  record QueueCreated(int queueId, QueueName name, QueueOptions options, long createdAt)
      implements Event {}

  record QueueUpdated(int queueId, QueueOptions options) implements Event {}

  record QueueDeleted(int queueId) implements Event {}

  /**
   * A message took its place, with its content.
   *
   * @param hops how often it was forwarded from one queue to another
   * @param origin the place it had before, for one that became due or was replayed
   * @param first the place it was first given, when it has had more than one; 0: this one
   * @param dueAt when it becomes active; 0: at once
   * @param expiresAt end of its life; while it is scheduled the length of it
   * @param rememberedUntil until when its message id counts as seen; 0: not at all
   * @param payload the whole record; absent when it was read back, where the position tells all
   */
  record Enqueued(
      int queueId,
      long sequence,
      Kind kind,
      int hops,
      long origin,
      long first,
      long enqueuedTime,
      long dueAt,
      long expiresAt,
      long rememberedUntil,
      MessageContent.Keys keys,
      byte @Nullable [] payload)
      implements Event {

    enum Kind {
      /** A new message. */
      SENT,
      /** A new message that is not due yet. */
      SCHEDULED,
      /** The scheduled message at {@code origin} became due and takes a place at the end. */
      ACTIVATED,
      /** The dead letter at {@code origin} was put back. */
      REPLAYED,
      /** The pending message in this very place gave way to a newer one with its key. */
      REPLACED
    }
  }

  /**
   * The record of a message stands elsewhere now: copied to where its segment is not about to go,
   * or written anew with other headers, then together with the settlement that changed them.
   */
  record Relocated(int queueId, long sequence, byte @Nullable [] payload) implements Event {}

  /** It was handed out; it may be lost in a power cut, which forgets that this delivery counted. */
  record Delivered(int queueId, long sequence, boolean dead, int deliveryCount) implements Event {}

  /** It was given back: at once, or delayed until {@code dueAt}. */
  record Returned(
      int queueId, long sequence, boolean dead, int deliveryCount, long dueAt, long failedAt)
      implements Event {}

  record Deferred(int queueId, long sequence) implements Event {}

  /** A newer message with its key took over while it was held. */
  record Superseded(int queueId, long sequence) implements Event {}

  record DeadLettered(int queueId, long sequence, DeadLetterDetails details) implements Event {}

  /** It came from another queue's dead letters, and says why it was given up there. */
  record Explained(int queueId, long sequence, DeadLetterDetails details) implements Event {}

  record Removed(int queueId, long sequence, boolean dead, Cause cause) implements Event {}

  record SessionStateSet(int queueId, String sessionId, byte @Nullable [] state) implements Event {}
}
