package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.engine.StoredMessage.Home;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Hands messages out, to those who ask and to those who wait.
 *
 * <p>Confined to the engine thread.
 */
final class Deliveries {

  /** Most messages one call can take or look at. */
  static final int MAX_BATCH = 1000;

  private static final int DELIVERED_BYTES = 64;

  /** Messages met when their life is over, and ended, in one turn; the rest waits for the next. */
  private static final int MOST_EXPIRED_PER_TURN = 500;

  private final EngineContext context;
  private final Returns returns;
  private final Routing routing;
  private final Quarantine quarantine;
  private final MessageViews views;

  /** Lanes whose next messages are over, and may have others behind them. */
  private final Set<Lane> unfinished = new LinkedHashSet<>();

  private int expirable = MOST_EXPIRED_PER_TURN;

  Deliveries(
      EngineContext context,
      Returns returns,
      Routing routing,
      Quarantine quarantine,
      MessageViews views) {
    this.context = context;
    this.returns = returns;
    this.routing = routing;
    this.quarantine = quarantine;
    this.views = views;
  }

  void receive(
      Reply<List<ReceivedMessage<byte[]>>> reply,
      QueueName name,
      SubQueue subQueue,
      int max,
      long waitMillis) {
    QueueState queue = context.require(name, "receive from");
    boolean dead = subQueue == SubQueue.DEAD_LETTER;
    if (!dead && queue.options().sessions()) {
      throw new ValidationFailed(
          name.value(),
          "Cannot receive from queue '%s' without a session: it has sessions, and only the holder of a session may take its messages. Accept a session, or the next one, first."
              .formatted(name));
    }
    receive(reply, dead ? queue.deadLane : queue.plain, null, max, waitMillis);
  }

  void receive(
      Reply<List<ReceivedMessage<byte[]>>> reply, SessionHold hold, int max, long waitMillis) {
    SessionLock lock = context.requireHold(hold, "receive from");
    context.require(hold.queue(), "receive from");
    receive(reply, lock.session, lock, max, waitMillis);
  }

  List<ReceivedMessage<byte[]>> receiveDeferred(
      QueueName name,
      SubQueue subQueue,
      @Nullable SessionHold hold,
      Collection<SequenceNumber> numbers) {
    QueueState queue = context.require(name, "receive deferred messages from");
    if (subQueue == SubQueue.DEAD_LETTER) {
      return List.of();
    }
    if (queue.options().sessions() && hold == null) {
      throw new ValidationFailed(
          name.value(),
          "Cannot receive deferred messages of queue '%s' without their session: accept it first."
              .formatted(name));
    }
    SessionLock session =
        hold == null ? null : context.requireHold(hold, "receive deferred messages from");
    List<ReceivedMessage<byte[]>> found = new ArrayList<>();
    long now = context.wallNow();
    for (SequenceNumber number : numbers) {
      StoredMessage message = queue.main.get(number.value());
      if (message != null
          && message.home() == Home.DEFERRED
          && !message.isLocked()
          && !message.hasExpired(now)
          && (session == null || message.lane == session.session)
          && found.size() < MAX_BATCH
          && context.log.hasRoom(DELIVERED_BYTES, 1)) {
        fetch(message, session, found);
      }
    }
    return found;
  }

  private void fetch(
      StoredMessage message, @Nullable SessionLock session, List<ReceivedMessage<byte[]>> found) {
    try {
      found.add(hand(message, session));
    } catch (QueueRuntimeException | MalformedRecord unreadable) {
      // What was found before is held by now, so that one that cannot be read is left out.
      if (!quarantine.takes(message, unreadable) && found.isEmpty()) {
        throw EventLog.unreadable(message, unreadable);
      }
    }
  }

  /**
   * Serves those who wait at lanes where something changed, until nobody can be served any more.
   */
  void serveStirred(Sessions sessions) {
    for (Lane lane = context.nextStirred(); lane != null; lane = context.nextStirred()) {
      if (routing.forwards(lane)) {
        routing.forwardReady(lane);
      }
      if (lane instanceof Session session && session.lock == null) {
        sessions.offer(session);
      } else {
        serve(lane);
      }
    }
  }

  /** A turn begins: goes on with what the last one left over. */
  void goOn() {
    expirable = MOST_EXPIRED_PER_TURN;
    if (!unfinished.isEmpty()) {
      unfinished.forEach(context::stir);
      unfinished.clear();
    }
  }

  boolean isUnfinished() {
    return !unfinished.isEmpty();
  }

  /** What was handed out but not taken goes back, uncounted. */
  void takeBack(List<ReceivedMessage<byte[]>> messages) {
    for (ReceivedMessage<byte[]> message : messages) {
      message.lockToken().map(context.locks::find).ifPresent(returns::release);
    }
  }

  private void receive(
      Reply<List<ReceivedMessage<byte[]>>> reply,
      Lane lane,
      @Nullable SessionLock session,
      int max,
      long waitMillis) {
    int most = Math.min(max, MAX_BATCH);
    // Whoever came first is served first, so nobody takes a message past somebody who waits.
    boolean othersWait = lane.hasWaits() && lane.waits().firstOpen() != null;
    Portion portion = othersWait ? Portion.NOTHING : hand(lane, session, most);
    if (!portion.messages.isEmpty()) {
      answer(reply, portion);
    } else if (waitMillis <= 0 && !unfinished.contains(lane)) {
      reply.value(List.of());
    } else {
      // Where messages are still ending, also who would not wait at all: what is due happens in
      // order of time, so that wait is over only after all of them, and there may be one behind.
      ReceiveWait wait = new ReceiveWait(reply, lane, most);
      context.await(lane.waits(), wait, Math.max(context.tickNow() - context.tick(), waitMillis));
    }
  }

  private void serve(Lane lane) {
    if (!lane.hasWaits()) {
      return;
    }
    SessionLock session = lane instanceof Session s ? s.lock : null;
    if (session != null && context.isOver(session)) {
      return; // Its end is due, and ends these waits.
    }
    for (ReceiveWait wait = lane.waits().firstOpen();
        wait != null;
        wait = lane.waits().firstOpen()) {
      Portion portion;
      try {
        portion = hand(lane, session, wait.maxMessages);
      } catch (QueueRuntimeException unreadable) {
        context.served(wait);
        wait.reply.failure(unreadable);
        continue;
      }
      if (portion.messages.isEmpty()) {
        return;
      }
      context.served(wait);
      answer(wait.reply, portion);
    }
  }

  /**
   * What was handed out together.
   *
   * @param durable whether it rests on nothing that could be lost: each message is forced, and
   *     nothing has happened to it since
   */
  private record Portion(List<ReceivedMessage<byte[]>> messages, boolean durable) {
    static final Portion NOTHING = new Portion(List.of(), false);
  }

  private void answer(Reply<List<ReceivedMessage<byte[]>>> reply, Portion portion) {
    List<ReceivedMessage<byte[]>> messages = portion.messages;
    if (portion.durable) {
      reply.durableValue(messages, () -> takeBack(messages));
    } else {
      context.log.nextMustWait();
      reply.value(messages, () -> takeBack(messages));
    }
  }

  private Portion hand(Lane lane, @Nullable SessionLock session, int max) {
    List<ReceivedMessage<byte[]>> messages = new ArrayList<>(Math.min(max, 16));
    boolean durable = true;
    // As it is now: while this turn took its time, lives may have ended.
    long now = context.wallNow();
    while (messages.size() < max) {
      StoredMessage message = lane.next();
      if (message == null) {
        break;
      }
      boolean expired = message.hasExpired(now);
      if (!context.log.hasRoom(expired ? Returns.SETTLING_BYTES : DELIVERED_BYTES, 1)) {
        break;
      }
      if (expired) {
        if (expirable == 0) {
          unfinished.add(lane);
          break;
        }
        expirable--;
        returns.expire(message);
        continue;
      }
      boolean untouched =
          message.home() == Home.ACTIVE
              && message.deliveryCount() == 0
              && context.log.isSurelyNext(message);
      try {
        messages.add(hand(message, session));
        durable &= untouched;
      } catch (QueueRuntimeException | MalformedRecord unreadable) {
        if (quarantine.takes(message, unreadable)) {
          continue;
        }
        if (messages.isEmpty()) {
          throw EventLog.unreadable(message, unreadable);
        }
        break;
      }
    }
    return new Portion(messages, durable);
  }

  private ReceivedMessage<byte[]> hand(StoredMessage message, @Nullable SessionLock session) {
    QueueState queue = message.queue();
    // Read first: a record that cannot be read must not leave its message locked.
    // A dead letter's count says how often it failed, not how often it was looked at since.
    boolean dead = message.home() == Home.DEAD;
    int count = message.deliveryCount() + (dead ? 0 : 1);
    ReceivedMessage.Builder<byte[]> view = views.builder(message, count);
    quarantine.wasRead(message);
    message.lane.take(message);
    context.wallDue.remove(message);
    if (!dead) {
      context.log.record(new Event.Delivered(queue.id, message.sequence, false, count));
    }
    MessageLock lock = context.locks.lock(message, session);
    long length = queue.options().lockDuration().toMillis();
    if (session == null) {
      context.holdFor(lock, length);
    }
    return view.lock(
            context.locks.tokenOf(lock),
            session == null
                ? context.options.time().wall().instant().plusMillis(length)
                : session.hold.lockedUntil())
        .build();
  }
}
