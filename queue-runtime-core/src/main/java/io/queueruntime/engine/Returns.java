package io.queueruntime.engine;

import io.queueruntime.engine.Event.Cause;
import io.queueruntime.engine.StoredMessage.Home;
import io.queueruntime.message.DeadLetterDetails;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The ways a message leaves a holder or the queue, each of which leaves it in exactly one place.
 *
 * <p>Confined to the engine thread.
 */
final class Returns {

  /**
   * Bytes that one event of a settlement takes at most, with a dead letter's reason and description
   * of our own making.
   */
  static final int SETTLING_BYTES = 1024;

  private static final int RELEASED_BYTES = 64;

  private final EngineContext context;
  private final Routing routing;

  Returns(EngineContext context, Routing routing) {
    this.context = context;
    this.routing = routing;
  }

  /** Ends a delivery and removes the message for good. */
  void remove(MessageLock lock, Cause cause) {
    unlock(lock);
    remove(lock.message, cause);
  }

  void remove(StoredMessage message, Cause cause) {
    context.log.record(
        new Event.Removed(
            message.queue().id, message.sequence, message.home() == Home.DEAD, cause));
    context.left(message);
  }

  /**
   * Ends a delivery that failed: back to its place, after the delay, or to the dead letters when it
   * was the last one.
   */
  void abandon(MessageLock lock, long delayMillis) {
    StoredMessage message = lock.message;
    QueueState queue = message.queue();
    if (mustLeave(lock)) {
      return;
    }
    unlock(lock);
    boolean dead = message.home() == Home.DEAD;
    long dueAt =
        delayMillis > 0 && message.home() == Home.ACTIVE
            ? EngineContext.plus(context.wallNow(), delayMillis)
            : 0;
    context.log.record(
        new Event.Returned(
            queue.id,
            message.sequence,
            dead,
            message.deliveryCount(),
            dueAt,
            dead ? -1 : context.wall()));
    comeBack(message);
  }

  /**
   * Ends a delivery as if it had not been; on a full disk as if it had been, which is all that can
   * be done then.
   */
  void release(MessageLock lock) {
    StoredMessage message = lock.message;
    unlock(lock);
    if (!context.log.hasRoom(RELEASED_BYTES, 1)) {
      comeBack(message);
      return;
    }
    if (message.isSuperseded()) {
      remove(message, Cause.SUPERSEDED);
      return;
    }
    if (message.home() == Home.DEAD) {
      comeBack(message);
      return;
    }
    context.log.record(
        new Event.Returned(
            message.queue().id, message.sequence, false, message.deliveryCount() - 1, 0, -1));
    comeBack(message);
  }

  /**
   * The lock ran out: as an abandon, but nothing new has to be written for a message that simply
   * comes back.
   */
  void expired(MessageLock lock) {
    context.locks.lost(lock, context.wall());
    if (mustLeave(lock)) {
      return;
    }
    unlock(lock);
    if (lock.message.home() != Home.DEAD) {
      lock.message.queue().noteFailure(lock.message.sequence, context.wall());
    }
    comeBack(lock.message);
  }

  void defer(MessageLock lock) {
    StoredMessage message = lock.message;
    unlock(lock);
    if (message.isSuperseded()) {
      remove(message, Cause.SUPERSEDED);
      return;
    }
    context.log.record(new Event.Deferred(message.queue().id, message.sequence));
    comeBack(message);
  }

  void deadLetter(
      MessageLock lock,
      String reason,
      @Nullable String description,
      @Nullable String exceptionClass) {
    unlock(lock);
    if (lock.message.isSuperseded()) {
      remove(lock.message, Cause.SUPERSEDED);
    } else {
      deadLetter(lock.message, reason, description, exceptionClass);
    }
  }

  /** The end of a message's life. */
  void expire(StoredMessage message) {
    if (message.queue().options().deadLetterOnExpiration()) {
      deadLetter(
          message,
          DeadLetterDetails.TIME_TO_LIVE_EXPIRED,
          "The message expired at "
              + Instant.ofEpochMilli(message.expiresAt)
              + " and was dead-lettered.",
          null);
    } else {
      remove(message, Cause.EXPIRED);
    }
  }

  /** A message that is held no more takes its place again, or leaves when its life is over. */
  void comeBack(StoredMessage message) {
    if (message.hasExpired(context.wall()) && context.log.hasRoom(SETTLING_BYTES, 1)) {
      expire(message);
      return;
    }
    context.arm(message);
    Lane lane = message.lane;
    switch (message.home()) {
      case ACTIVE, DEAD -> {
        lane.addReturned(message);
        context.stir(lane);
      }
      case DELAYED -> {
        if (lane.isStrict()) {
          lane.addReturned(message);
        }
      }
      case DEFERRED -> {
        // The messages after it may go on.
        context.stir(lane);
      }
      case SCHEDULED, GONE -> {}
    }
  }

  /** Superseded, or delivered for the last time: leaves instead of coming back. */
  private boolean mustLeave(MessageLock lock) {
    StoredMessage message = lock.message;
    if (message.isSuperseded()) {
      remove(lock, Cause.SUPERSEDED);
      return true;
    }
    int max = message.queue().options().maxDeliveryCount();
    if (message.home() != Home.DEAD && message.deliveryCount() >= max) {
      unlock(lock);
      lastDeliveryFailed(message);
      return true;
    }
    return false;
  }

  /**
   * A message that nobody holds and that has been delivered as often as it may be leaves its queue.
   */
  void lastDeliveryFailed(StoredMessage message) {
    deadLetter(
        message,
        DeadLetterDetails.MAX_DELIVERY_COUNT_EXCEEDED,
        "The message was delivered "
            + message.deliveryCount()
            + " times without being completed; "
            + message.queue().options().maxDeliveryCount()
            + " is the most.",
        null);
  }

  private void unlock(MessageLock lock) {
    context.tickDue.remove(lock);
    context.locks.unlock(lock);
  }

  private void deadLetter(
      StoredMessage message,
      String reason,
      @Nullable String description,
      @Nullable String exceptionClass) {
    routing.deadLetter(
        message, LetterDetails.of(message, reason, description, exceptionClass, context.wall()));
  }
}
