package io.queueruntime.engine;

import io.queueruntime.engine.Event.Cause;
import io.queueruntime.engine.Event.Enqueued;
import io.queueruntime.engine.StoredMessage.Home;
import io.queueruntime.message.QueueOptions;
import org.jspecify.annotations.Nullable;

/**
 * Lets one message into one queue: as a new one, in place of an older one with its key, or not at
 * all when its id was seen before. What may go in was checked by others.
 *
 * <p>Confined to the engine thread.
 */
final class Intake {

  private final EngineContext context;

  Intake(EngineContext context) {
    this.context = context;
  }

  /** The pending message that holds the draft's key and gives way to it, if there is one. */
  @Nullable StoredMessage older(QueueState queue, Draft draft) {
    String key = draft.deduplicationKey();
    return key == null ? null : queue.pendingWithKey(key);
  }

  /**
   * Lets it in.
   *
   * @param older gives way to it
   * @return where it is now: a place at the end, to which its receivers still have to be led, or
   *     {@code older}, whose place it took; null: nowhere, as it was seen before
   */
  @Nullable StoredMessage let(QueueState queue, Draft draft, @Nullable StoredMessage older) {
    if (isDuplicate(queue, draft)) {
      return null;
    }
    QueueOptions options = queue.options();
    Draft.Terms terms = draft.terms();
    long remembered = 0;
    if (draft.ownIdHash() != null && options.duplicateDetectionWindow() != null) {
      remembered =
          EngineContext.plus(
              context.wall(), MessageContent.millisUp(options.duplicateDetectionWindow()));
    }
    Place place = terms.place();
    // One with a place of its own that is due by now comes due at once, and is told as scheduled.
    boolean scheduled = place != null || terms.scheduledFor() > context.wall();
    long life = lifeOf(options, terms.timeToLive());
    if (older != null
        && !older.isLocked()
        && older.home() != Home.SCHEDULED
        && !scheduled
        && !older.hasExpired(context.wall())) {
      replace(older, draft, life, remembered);
      return older;
    }
    if (older != null) {
      supersede(older);
    }
    Draft.Journey journey = terms.journey();
    return context.log.record(
        draft.enqueued(
            queue.id,
            place == null ? queue.nextSequence() : place.sequenceNumber().value(),
            scheduled ? Enqueued.Kind.SCHEDULED : Enqueued.Kind.SENT,
            journey.hops(),
            0,
            journey.first(),
            context.wall(),
            scheduled ? terms.scheduledFor() : 0,
            scheduled ? life : endOf(life, journey),
            remembered));
  }

  boolean isDuplicate(QueueState queue, Draft draft) {
    return draft.ownIdHash() != null
        && queue.options().duplicateDetectionWindow() != null
        && queue.duplicates.contains(draft.ownIdHash(), context.wall());
  }

  /** Length of a message's life: the smaller one of its own and the queue's. */
  static long lifeOf(QueueOptions options, long timeToLive) {
    long own = timeToLive < 0 ? StoredMessage.NEVER : timeToLive;
    long most =
        options.defaultTimeToLive() == null
            ? StoredMessage.NEVER
            : MessageContent.millisUp(options.defaultTimeToLive());
    return Math.min(own, most);
  }

  /** A message that was on its way for a while does not live longer for it. */
  private long endOf(long life, Draft.Journey journey) {
    return Math.min(EngineContext.plus(context.wall(), life), journey.expiresAt());
  }

  private void replace(StoredMessage older, Draft draft, long life, long remembered) {
    boolean waited = older.home() == Home.DELAYED;
    Draft.Journey journey = draft.terms().journey();
    context.log.record(
        draft.enqueued(
            older.queue().id,
            older.sequence,
            Enqueued.Kind.REPLACED,
            journey.hops(),
            0,
            journey.first(),
            context.wall(),
            0,
            endOf(life, journey),
            remembered));
    context.arm(older);
    if (waited && !older.lane.isStrict()) {
      older.lane.addReturned(older);
    }
    context.stir(older.lane);
  }

  /**
   * The newer message of the group makes the older one void: at once, or when its holder is done
   * with it.
   */
  private void supersede(StoredMessage older) {
    if (older.isLocked()) {
      context.log.record(new Event.Superseded(older.queue().id, older.sequence), true);
    } else {
      context.log.record(
          new Event.Removed(older.queue().id, older.sequence, false, Cause.SUPERSEDED), true);
      context.left(older);
    }
  }
}
