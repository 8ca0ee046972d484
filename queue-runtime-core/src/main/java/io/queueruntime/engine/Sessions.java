package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.QuotaExceeded;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Who holds which session: one holder at a time, whoever waits longest next.
 *
 * <p>Confined to the engine thread.
 */
final class Sessions {

  /** Largest state of a session, in bytes; never larger than a message may be. */
  static final int MAX_STATE_BYTES = 256 * 1024;

  private final EngineContext context;
  private final Returns returns;

  Sessions(EngineContext context, Returns returns) {
    this.context = context;
    this.returns = returns;
  }

  /**
   * @param words what the caller calls the session that he gets; must neither block nor fail
   */
  <R> void accept(
      Reply<R> reply,
      Function<Optional<SessionHold>, R> words,
      QueueName name,
      SessionId id,
      long waitMillis) {
    QueueState queue = requireSessions(name);
    Session session = queue.session(id.value());
    if (session.lock == null) {
      hold(reply, words, session);
      return;
    }
    AcceptWait<R> wait = new AcceptWait<>(reply, words, queue, session);
    if (waitMillis <= 0) {
      wait.timeOut();
    } else {
      context.await(session.acceptWaits(), wait, waitMillis);
    }
  }

  /**
   * @param words what the caller calls the session that he gets, or that there is none; must
   *     neither block nor fail
   */
  <R> void acceptNext(
      Reply<R> reply, Function<Optional<SessionHold>, R> words, QueueName name, long waitMillis) {
    QueueState queue = requireSessions(name);
    boolean othersWait = queue.traffic.nextSessionWaits.firstOpen() != null;
    Session session = othersWait ? null : queue.traffic.takeOffered(queue);
    if (session != null) {
      hold(reply, words, session);
    } else if (waitMillis <= 0) {
      reply.value(words.apply(Optional.empty()));
    } else {
      AcceptWait<R> wait = new AcceptWait<>(reply, words, queue, null);
      context.await(queue.traffic.nextSessionWaits, wait, waitMillis);
    }
  }

  /**
   * A session that nobody holds: to whoever waits for it, else to be accepted by whoever wants any.
   */
  void offer(Session session) {
    AcceptWait<?> exact = session.hasAcceptWaits() ? session.acceptWaits().firstOpen() : null;
    if (exact != null) {
      context.served(exact);
      hold(exact, session);
      return;
    }
    QueueState queue = session.queue;
    if (session.next() == null) {
      queue.forgetIfIdle(session);
      return;
    }
    queue.traffic.offer(session);
    for (AcceptWait<?> any = queue.traffic.nextSessionWaits.firstOpen();
        any != null;
        any = queue.traffic.nextSessionWaits.firstOpen()) {
      Session next = queue.traffic.takeOffered(queue);
      if (next == null) {
        return;
      }
      context.served(any);
      hold(any, next);
    }
  }

  Instant renew(SessionHold hold) {
    return renew(context.requireHold(hold, "renew"));
  }

  Instant renew(SessionLock lock) {
    long length = lock.session.queue.options().lockDuration().toMillis();
    context.holdFor(lock, length);
    Instant until = context.options.time().wall().instant().plusMillis(length);
    lock.hold.lockedUntil(until);
    return until;
  }

  /** Those that have messages or a state, in alphabetical order. */
  List<SessionId> list(QueueName name, int skip, int top) {
    QueueState queue = context.require(name, "list the sessions of");
    if (skip < 0 || top < 1) {
      throw new ValidationFailed(
          name.value(),
          "Cannot list the sessions of queue '%s': skip 0 or more and list 1 or more, found %d and %d."
              .formatted(name, skip, top));
    }
    return queue.sessions.values().stream()
        .filter(session -> session.messages > 0 || session.state != null)
        .map(Session::sessionId)
        .sorted()
        .skip(skip)
        .limit(Math.min(top, Deliveries.MAX_BATCH))
        .map(SessionId::of)
        .toList();
  }

  Optional<byte[]> state(SessionHold hold) {
    return Optional.ofNullable(context.requireHold(hold, "read the state of").session.state)
        .map(byte[]::clone);
  }

  void setState(SessionHold hold, byte @Nullable [] state) {
    SessionLock lock = context.requireHold(hold, "store the state of");
    QueueState queue = lock.session.queue;
    int most = Math.min(MAX_STATE_BYTES, (int) context.options.maxMessageSize());
    if (state != null && state.length > most) {
      throw new ValidationFailed(
          queue.name.value(),
          "Cannot store a state of %d bytes with session '%s' of queue '%s': at most %d bytes."
              .formatted(state.length, hold.sessionId(), queue.name, most));
    }
    context.log.requireRoom(queue, (state == null ? 0 : state.length) + 512L, 1);
    context.log.record(
        new Event.SessionStateSet(
            queue.id, hold.sessionId().value(), state == null ? null : state.clone()));
  }

  /**
   * The holder is done: what it did not settle goes back uncounted. A hold that was lost before
   * frees nothing.
   */
  void release(SessionHold hold) {
    SessionLock lock = context.locks.find(hold);
    if (lock != null && !context.isOver(lock)) {
      release(lock);
    }
  }

  void release(SessionLock lock) {
    List<MessageLock> held = List.copyOf(lock.messages);
    context.log.group(lock.session.queue.id, () -> held.forEach(returns::release));
    free(lock);
    endReceives(lock, null);
  }

  /** The lock ran out: what was not settled goes back, having been delivered. */
  void expired(SessionLock lock) {
    long bytes = (long) Returns.SETTLING_BYTES * (lock.messages.size() + 1);
    if (!context.log.hasRoom(bytes, lock.messages.size() + 1)) {
      throw new QuotaExceeded(lock.session.queue.name.value(), "The disk is full.", null);
    }
    List.copyOf(lock.messages).forEach(returns::expired);
    free(lock);
    endReceives(lock, MessageLocks.sessionLost(lock.hold, "receive from"));
  }

  private void free(SessionLock lock) {
    context.tickDue.remove(lock);
    context.locks.unlock(lock);
    context.stir(lock.session);
  }

  private void endReceives(SessionLock lock, @Nullable RuntimeException why) {
    if (!lock.session.hasWaits()) {
      return;
    }
    Waits<ReceiveWait> waits = lock.session.waits();
    for (ReceiveWait wait = waits.firstOpen(); wait != null; wait = waits.firstOpen()) {
      context.served(wait);
      if (why == null) {
        wait.reply.value(List.of());
      } else {
        wait.reply.failure(why);
      }
    }
  }

  private <R> void hold(AcceptWait<R> wait, Session session) {
    hold(wait.reply, wait.words, session);
  }

  private <R> void hold(Reply<R> reply, Function<Optional<SessionHold>, R> words, Session session) {
    long length = session.queue.options().lockDuration().toMillis();
    SessionLock lock =
        context.locks.lock(session, context.options.time().wall().instant().plusMillis(length));
    context.holdFor(lock, length);
    R answer = words.apply(Optional.of(lock.hold));
    StoredMessage next = session.next();
    if (next != null && context.log.isSurelyNext(next)) {
      // That it has a message is all that an accept tells.
      reply.durableValue(answer, () -> release(lock.hold));
    } else {
      reply.value(answer, () -> release(lock.hold));
    }
  }

  private QueueState requireSessions(QueueName name) {
    QueueState queue = context.require(name, "accept a session of");
    if (!queue.options().sessions()) {
      throw new ValidationFailed(
          name.value(),
          "Cannot accept a session of queue '%s': it has no sessions. Receive from it directly, or create a queue with session: required."
              .formatted(name));
    }
    return queue;
  }
}
