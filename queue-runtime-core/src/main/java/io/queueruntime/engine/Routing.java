package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.engine.Event.Cause;
import io.queueruntime.engine.Event.Enqueued;
import io.queueruntime.engine.StoredMessage.Home;
import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.QueueName;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a message goes that does not stay: to the queue that its own one forwards to, to the dead
 * letters, or to where those are forwarded to. Leaving one queue and entering the next is one group
 * of the journal.
 *
 * <p>A lane whose queue forwards is emptied like one with a receiver that always waits, whenever
 * something became ready in it. A message that its target cannot take for now (it is full, or the
 * disk is) stays at its place and is tried again; one that the target can never take is
 * dead-lettered. Dead letters that cannot be forwarded stay with the dead letters of their queue.
 *
 * <p>Confined to the engine thread.
 */
final class Routing {

  private static final Logger log = LoggerFactory.getLogger(Routing.class);

  /** How often a message is forwarded at most; the limit of Azure Service Bus. */
  static final int MAX_HOPS = 4;

  /** Messages of one lane that are forwarded in one turn; the rest waits for the next one. */
  private static final int MOST_PER_TURN = 256;

  /** Room for the records around a forwarded message's own, with the reason of a dead letter. */
  static final int OVERHEAD = 1024 + 3 * DeadLetterDetails.MAX_BYTES;

  private static final long RETRY_MILLIS = 500;

  private final EngineContext context;
  private final Intake intake;
  private final Quarantine quarantine;
  private final Retry retry = new Retry();

  /** Lanes that have more to forward than one turn takes. */
  private final Set<Lane> unfinished = new LinkedHashSet<>();

  /** Lanes whose messages the disk keeps from being forwarded. */
  private final Set<Lane> heldUp = new LinkedHashSet<>();

  Routing(EngineContext context, Intake intake, Quarantine quarantine) {
    this.context = context;
    this.intake = intake;
    this.quarantine = quarantine;
  }

  /** When lanes that the disk held up are tried again. */
  static final class Retry extends Due {}

  /** Why a target never takes a message: reason and description of the dead letter. */
  private record Refusal(String reason, String description) {}

  /** A message took a place at the end of its lane; where its queue forwards, it goes on. */
  void arrived(@Nullable StoredMessage message) {
    if (message == null) {
      return;
    }
    if (message.home() == Home.ACTIVE
        && forwards(message.lane)
        && !message.lane.hasReady()
        && forward(message)) {
      return;
    }
    context.arm(message);
    if (message.home() == Home.ACTIVE) {
      message.lane.addFresh(message);
      context.stir(message.lane);
    }
  }

  /**
   * How many places a message takes at most, one after the other, that is let into that queue: one
   * there, and one in each queue on its way on from it.
   */
  int places(QueueState queue) {
    return places(queue, MAX_HOPS);
  }

  private int places(QueueState queue, int hops) {
    QueueName next = queue.options().forwardTo();
    if (next == null || hops == 0) {
      return 1;
    }
    // What its target refuses is a dead letter, and goes where those go.
    return 1
        + Math.max(
            placesFrom(next, hops), placesFrom(queue.options().forwardDeadLettersTo(), hops));
  }

  private int placesFrom(@Nullable QueueName name, int hops) {
    QueueState target = name == null ? null : context.state.find(name);
    return target == null ? 0 : places(target, hops - 1);
  }

  /** Does what lets a message in, as one with its being forwarded. */
  void entering(QueueState queue, Runnable work) {
    if (queue.options().forwardTo() == null) {
      work.run();
    } else {
      context.log.group(queue.id, work);
    }
  }

  /** Whether what is ready in that lane goes on to another queue. */
  boolean forwards(Lane lane) {
    return lane != lane.queue.deadLane
        && lane.queue.options().forwardTo() != null
        && !(lane instanceof Session session && session.lock != null);
  }

  /** Forwards what is ready, as much of it as a turn takes. */
  void forwardReady(Lane lane) {
    for (int n = 0; n < MOST_PER_TURN; n++) {
      StoredMessage message = lane.next();
      // One whose life is over is due, and leaves by that.
      if (message == null || message.hasExpired(context.wall()) || !forwardReadable(message)) {
        return;
      }
    }
    unfinished.add(lane);
  }

  /**
   * False also when the message cannot be read for now, which must not stop the engine. One that
   * never can does not keep back those behind it.
   */
  private boolean forwardReadable(StoredMessage message) {
    try {
      return forward(message);
    } catch (QueueRuntimeException | MalformedRecord unreadable) {
      if (quarantine.takes(message, unreadable)) {
        return true;
      }
      log.error(
          "Message {} of queue '{}' cannot be forwarded, because its record cannot be read; it is tried again.",
          message.sequence,
          message.queue().name,
          unreadable);
      tryLater(message.lane);
      return false;
    }
  }

  private void tryLater(Lane lane) {
    heldUp.add(lane);
    if (!retry.isScheduledDue()) {
      context.tickDue.put(retry, context.tick() + RETRY_MILLIS);
    }
  }

  /** Goes on with what the last turn left over. */
  void goOn() {
    if (!unfinished.isEmpty()) {
      unfinished.forEach(context::stir);
      unfinished.clear();
    }
  }

  boolean isUnfinished() {
    return !unfinished.isEmpty();
  }

  /** Perhaps the disk has room again. */
  void retry() {
    heldUp.forEach(context::stir);
    heldUp.clear();
  }

  /** The queue has another target, or none any more: what is ready is looked at again. */
  void targetChanged(QueueState queue) {
    context.stir(queue.plain);
    queue.sessions.values().forEach(context::stir);
  }

  /** Gives a message up that nobody holds. */
  void deadLetter(StoredMessage message, DeadLetterDetails details) {
    Lane lane = message.lane;
    if (!forwardDead(message, details)) {
      context.bury(message, details);
    }
    context.stir(lane);
  }

  /** False when the message has to wait where it is. */
  private boolean forward(StoredMessage message) {
    QueueState queue = message.queue();
    QueueName name = queue.options().forwardTo();
    if (name == null) {
      return false;
    }
    if (!context.log.hasRoomForCopy(message.size + (long) OVERHEAD)) {
      tryLater(message.lane);
      return false;
    }
    QueueState target = context.state.find(name);
    if (target == null) {
      return giveUp(
          message,
          new Refusal(
              DeadLetterDetails.FORWARD_TARGET_NOT_FOUND,
              "Queue '%s' forwards to queue '%s', which does not exist any more."
                  .formatted(queue.name, name)));
    }
    byte[] payload = context.log.copyPayload(message);
    Refusal refusal = refusal(queue, target, payload);
    if (refusal != null) {
      return giveUp(message, refusal);
    }
    long capacity = target.options().capacity();
    if (capacity > 0 && target.pending() >= capacity) {
      target.traffic.heldForwards.add(message.lane);
      return false;
    }
    message.lane.take(message);
    move(message, payload, target, null);
    return true;
  }

  private boolean giveUp(StoredMessage message, Refusal refusal) {
    message.lane.take(message);
    deadLetter(
        message,
        LetterDetails.of(message, refusal.reason, refusal.description, null, context.wall()));
    return true;
  }

  /** False when the dead letter stays in its own queue. */
  private boolean forwardDead(StoredMessage message, DeadLetterDetails details) {
    QueueState queue = message.queue();
    QueueName name = queue.options().forwardDeadLettersTo();
    QueueState target = name == null ? null : context.state.find(name);
    if (target == null || !context.log.hasRoomForCopy(message.size + (long) OVERHEAD)) {
      return false;
    }
    byte[] payload;
    try {
      payload = context.log.copyPayload(message);
      if (refusal(queue, target, payload) != null) {
        return false;
      }
    } catch (QueueRuntimeException | MalformedRecord unreadable) {
      // To be a dead letter here it need not be read.
      return false;
    }
    move(message, payload, target, details);
    return true;
  }

  /**
   * @param death why the message was given up; null for one that is merely forwarded
   */
  private void move(
      StoredMessage message, byte[] payload, QueueState target, @Nullable DeadLetterDetails death) {
    QueueState queue = message.queue();
    MessageContent.Keys keys = MessageContent.keys(RecordHead.content(payload));
    long first = RecordHead.first(payload);
    // What the target has seen may be this very message: when it was put back, or goes in circles.
    boolean mayBeCopy =
        death == null
            && RecordHead.kind(payload) != Enqueued.Kind.REPLAYED
            && !leadsTo(queue, target);
    Draft.Journey journey =
        new Draft.Journey(
            first == 0 ? message.sequence : first,
            RecordHead.hops(payload) + 1,
            // Its own time to live is in there already, and does not begin anew; a dead letter
            // lives as long as its new queue allows.
            death == null ? message.expiresAt : StoredMessage.NEVER);
    Draft draft =
        Draft.again(
            payload,
            keys,
            mayBeCopy ? DuplicateHistory.hash(keys.messageId()) : null,
            Draft.Terms.of(journey));
    context.log.group(
        queue.id,
        () -> {
          StoredMessage older = intake.older(target, draft);
          StoredMessage taken = intake.let(target, draft, older);
          if (death != null && taken != null) {
            context.log.record(new Event.Explained(target.id, taken.sequence, death));
          }
          context.log.record(new Event.Removed(queue.id, message.sequence, false, Cause.FORWARDED));
          context.left(message);
          target.traffic.lastUsed = context.tick();
          if (taken != older) {
            arrived(taken);
          }
        });
  }

  /** Whether what goes to that target comes back. */
  private boolean leadsTo(QueueState queue, QueueState target) {
    QueueState next = target;
    for (int hops = 0; hops <= MAX_HOPS && next != null && next != queue; hops++) {
      QueueName name = next.options().forwardTo();
      next = name == null ? null : context.state.find(name);
    }
    return next == queue;
  }

  /** Why that target will never take that message, if so. */
  private static @Nullable Refusal refusal(QueueState queue, QueueState target, byte[] payload) {
    QueueName name = target.name;
    if (RecordHead.hops(payload) >= MAX_HOPS) {
      return new Refusal(
          DeadLetterDetails.MAX_TRANSFER_HOP_COUNT_EXCEEDED,
          "The message was forwarded %d times, the most there may be, and queue '%s' forwards it to queue '%s'."
              .formatted(MAX_HOPS, queue.name, name));
    }
    MessageContent.Keys keys = MessageContent.keys(RecordHead.content(payload));
    boolean sessions = target.options().sessions();
    if (sessions && keys.sessionId() == null) {
      return new Refusal(
          DeadLetterDetails.SESSION_ID_MISSING,
          "Queue '%s' forwards to queue '%s', which has sessions, and the message has no session id."
              .formatted(queue.name, name));
    }
    Long most = target.options().maxMessageSize();
    int size = payload.length - RecordHead.SIZE;
    if (most != null && size > most) {
      return new Refusal(
          DeadLetterDetails.FORWARD_TARGET_REFUSED,
          "Queue '%s' forwards to queue '%s', which takes messages of at most %d bytes; this one has %d."
              .formatted(queue.name, name, most, size));
    }
    String key = keys.deduplicationKey();
    StoredMessage older = key == null || !sessions ? null : target.pendingWithKey(key);
    if (older != null && !Objects.equals(older.lane.sessionId(), keys.sessionId())) {
      return new Refusal(
          DeadLetterDetails.FORWARD_TARGET_REFUSED,
          "Queue '%s' forwards to queue '%s', where the pending message with deduplication key '%s' belongs to another session."
              .formatted(queue.name, name, key));
    }
    return null;
  }
}
