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
   * A message took its place, with its content: a {@link Draft} once the engine has filled in
   * where, or what was read back. What was decided is not copied out of the record's head, where it
   * has to be anyhow: this is the event of which there are most.
   */
  sealed interface Enqueued extends Event permits Draft, ReadBack {

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

    String messageId();

    @Nullable String sessionId();

    @Nullable String deduplicationKey();

    /** What duplicate detection compares, of a message whose id is remembered. */
    DuplicateHistory.Hash idHash();

    /** The record's payload, or what of it stands before the content. */
    byte[] head();

    /** The record's payload; absent when it was read back, where the position tells all. */
    byte @Nullable [] payload();

    @Override
    default int queueId() {
      return RecordHead.queueId(head());
    }

    default long sequence() {
      return RecordHead.sequence(head());
    }

    default Kind kind() {
      return RecordHead.kind(head());
    }

    /** The place it had before, for one that became due or was replayed. */
    default long origin() {
      return RecordHead.origin(head());
    }

    /** When it becomes active; 0: at once. */
    default long dueAt() {
      return RecordHead.dueAt(head());
    }

    /** End of its life; while it is scheduled the length of it. */
    default long expiresAt() {
      return RecordHead.expiresAt(head());
    }

    /** Until when its message id counts as seen; 0: not at all. */
    default long rememberedUntil() {
      return RecordHead.rememberedUntil(head());
    }
  }

  /** That a message took its place, as a restart reads it. */
  record ReadBack(MessageContent.Keys keys, byte[] head) implements Enqueued {
    @Override
    public String messageId() {
      return keys.messageId();
    }

    @Override
    public @Nullable String sessionId() {
      return keys.sessionId();
    }

    @Override
    public @Nullable String deduplicationKey() {
      return keys.deduplicationKey();
    }

    @Override
    public DuplicateHistory.Hash idHash() {
      return DuplicateHistory.hash(keys.messageId());
    }

    @Override
    public byte @Nullable [] payload() {
      return null;
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
