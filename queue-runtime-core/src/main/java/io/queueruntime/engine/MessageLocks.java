package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which deliveries and sessions are held, by number; and, for a while, which were lost, so that a
 * late holder hears why.
 *
 * <p>Numbers are given once in the life of an engine, so no old token ever fits a new delivery.
 * Confined to the engine thread.
 */
final class MessageLocks {

  private static final int MAX_LOST = 50_000;

  /** How a hold ended without its holder: told to a holder who comes late. */
  private record Lost(long sequence, @Nullable String sessionId, long at) {}

  private final long engineId;
  private final LockTable messages = new LockTable();
  private final Map<Long, SessionLock> sessions = new HashMap<>();
  private final Map<Long, Lost> lost =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Lost> eldest) {
          return size() > MAX_LOST;
        }
      };
  private long lastNumber;

  MessageLocks(long engineId) {
    this.engineId = engineId;
  }

  LockToken tokenOf(MessageLock lock) {
    return LockToken.of(new UUID(engineId, lock.number));
  }

  MessageLock lock(StoredMessage message, @Nullable SessionLock session) {
    MessageLock lock = new MessageLock(++lastNumber, message, session);
    messages.add(lock);
    if (session != null) {
      session.messages.add(lock);
    }
    message.locked(true);
    count(message, 1);
    return lock;
  }

  void unlock(MessageLock lock) {
    messages.remove(lock);
    if (lock.session != null) {
      lock.session.messages.remove(lock);
    }
    lock.message.locked(false);
    count(lock.message, -1);
  }

  private static void count(StoredMessage message, int by) {
    QueueTraffic traffic = message.queue().traffic;
    if (message.home() == StoredMessage.Home.DEAD) {
      traffic.lockedDead += by;
    } else {
      traffic.locked += by;
    }
  }

  void lost(MessageLock lock, long at) {
    lost.put(lock.number, lossOf(lock, at));
  }

  SessionLock lock(Session session, Instant until) {
    SessionHold hold =
        new SessionHold(session.queue.name, SessionId.of(session.sessionId()), ++lastNumber, until);
    SessionLock lock = new SessionLock(session, hold);
    session.lock = lock;
    sessions.put(hold.number(), lock);
    session.queue.traffic.heldSessions++;
    return lock;
  }

  void unlock(SessionLock lock) {
    sessions.remove(lock.hold.number());
    lock.session.lock = null;
    lock.session.queue.traffic.heldSessions--;
  }

  @Nullable SessionLock find(SessionHold hold) {
    SessionLock lock = sessions.get(hold.number());
    return lock != null && lock.hold == hold ? lock : null;
  }

  SessionLock require(SessionHold hold, String attempt) {
    SessionLock lock = find(hold);
    if (lock == null) {
      throw sessionLost(hold, attempt);
    }
    return lock;
  }

  static SessionLockLost sessionLost(SessionHold hold, String attempt) {
    return new SessionLockLost(
        hold.queue().value(),
        "Cannot %s session '%s' of queue '%s': it is no longer held; its lock ran until %s, or it was closed. Accept the session again; its unsettled messages are delivered again, in order."
            .formatted(attempt, hold.sessionId(), hold.queue(), hold.lockedUntil()));
  }

  @Nullable MessageLock find(LockToken token) {
    return token.value().getMostSignificantBits() == engineId
        ? messages.get(token.value().getLeastSignificantBits())
        : null;
  }

  MessageLock require(QueueName queue, LockToken token, String attempt) {
    MessageLock lock = find(token);
    if (lock != null && lock.message.queue().name.equals(queue)) {
      return lock;
    }
    throw missing(queue, token, attempt);
  }

  private QueueRuntimeException missing(QueueName queue, LockToken token, String attempt) {
    Lost how =
        token.value().getMostSignificantBits() == engineId
            ? lost.get(token.value().getLeastSignificantBits())
            : null;
    if (how == null) {
      return new InvalidReceipt(
          queue.value(),
          "Cannot %s a message of queue '%s' with token %s: it was settled before, or the token was not given by this queue since the engine was opened. Nothing was changed."
              .formatted(attempt, queue, token));
    }
    return lost(queue, how, attempt);
  }

  /**
   * What the holder of a lock hears whose time was over at that moment, though its end has not been
   * dealt with yet.
   */
  QueueRuntimeException expired(MessageLock lock, String attempt, long at) {
    return lost(lock.message.queue().name, lossOf(lock, at), attempt);
  }

  private static Lost lossOf(MessageLock lock, long at) {
    String sessionId = lock.session == null ? null : lock.session.session.sessionId();
    return new Lost(lock.message.sequence, sessionId, at);
  }

  private static QueueRuntimeException lost(QueueName queue, Lost how, String attempt) {
    Instant at = Instant.ofEpochMilli(how.at);
    return how.sessionId == null
        ? new LockLost(
            queue.value(),
            "Cannot %s message %d of queue '%s': its lock expired at %s. Nothing was changed and it is delivered again; shorten the handler, renew the lock or raise queue-runtime.queues.%s.lock-duration."
                .formatted(attempt, how.sequence, queue, at, queue))
        : new SessionLockLost(
            queue.value(),
            "Cannot %s message %d of queue '%s': the lock of its session '%s' was lost at %s. Nothing was changed and it is delivered again to whoever holds the session; accept it anew."
                .formatted(attempt, how.sequence, queue, how.sessionId, at));
  }

  List<MessageLock> heldIn(QueueState queue) {
    if (queue.traffic.locked + queue.traffic.lockedDead == 0) {
      return List.of();
    }
    return messages.all().stream().filter(lock -> lock.message.queue() == queue).toList();
  }

  List<SessionLock> sessionsHeldIn(QueueState queue) {
    if (queue.traffic.heldSessions == 0) {
      return List.of();
    }
    return sessions.values().stream().filter(lock -> lock.session.queue == queue).toList();
  }

  Collection<MessageLock> held() {
    return messages.all();
  }

  Collection<SessionLock> heldSessions() {
    return List.copyOf(sessions.values());
  }
}
