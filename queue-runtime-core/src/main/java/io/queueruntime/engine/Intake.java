package io.queueruntime.engine;

import io.queueruntime.engine.Event.Cause;
import io.queueruntime.engine.Event.Enqueued;
import io.queueruntime.engine.StoredMessage.Home;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.SendOutcome;
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

  /**
   * What became of a message.
   *
   * @param message where it is now; absent for a duplicate
   * @param fresh whether it took a place at the end, to which its receivers still have to be led
   */
  record Taken(SendOutcome outcome, @Nullable StoredMessage message, boolean fresh) {}

  Taken let(QueueState queue, Draft draft) {
    QueueOptions options = queue.options();
    if (isDuplicate(queue, draft)) {
      return new Taken(SendOutcome.DUPLICATE, null, false);
    }
    long remembered = 0;
    if (draft.idHash() != null && options.duplicateDetectionWindow() != null) {
      remembered =
          EngineContext.plus(
              context.wall(), MessageContent.millisUp(options.duplicateDetectionWindow()));
    }
    Place place = draft.place();
    // One with a place of its own that is due by now comes due at once, and is told as scheduled.
    boolean scheduled = place != null || draft.scheduledFor() > context.wall();
    long life = lifeOf(options, draft.keys().timeToLive());
    String key = draft.keys().deduplicationKey();
    StoredMessage older = key == null ? null : queue.pendingWithKey(key);
    if (older != null
        && !older.isLocked()
        && older.home() != Home.SCHEDULED
        && !scheduled
        && !older.hasExpired(context.wall())) {
      replace(older, draft, life, remembered);
      return new Taken(SendOutcome.REPLACED, older, false);
    }
    if (older != null) {
      supersede(older);
    }
    Draft.Journey journey = draft.journey();
    StoredMessage message =
        context.log.record(
            new Enqueued(
                queue.id,
                place == null ? queue.nextSequence() : place.sequenceNumber().value(),
                scheduled ? Enqueued.Kind.SCHEDULED : Enqueued.Kind.SENT,
                journey.hops(),
                0,
                journey.first(),
                context.wall(),
                scheduled ? draft.scheduledFor() : 0,
                scheduled ? life : endOf(life, journey),
                remembered,
                draft.keys(),
                draft.payload()));
    return new Taken(
        older == null ? SendOutcome.ENQUEUED : SendOutcome.REPLACED, message, message != null);
  }

  boolean isDuplicate(QueueState queue, Draft draft) {
    return draft.idHash() != null
        && queue.options().duplicateDetectionWindow() != null
        && queue.duplicates.contains(draft.idHash(), context.wall());
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
    context.log.record(
        new Enqueued(
            older.queue().id,
            older.sequence,
            Enqueued.Kind.REPLACED,
            draft.journey().hops(),
            0,
            draft.journey().first(),
            context.wall(),
            0,
            endOf(life, draft.journey()),
            remembered,
            draft.keys(),
            draft.payload()));
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
