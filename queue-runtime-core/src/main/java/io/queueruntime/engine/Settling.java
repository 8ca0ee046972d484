package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.engine.Event.Cause;
import io.queueruntime.engine.StoredMessage.Home;
import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.QueueName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What holders decide about their deliveries. Confined to the engine thread. */
final class Settling {

  private static final int SMALL = 64;

  private final EngineContext context;
  private final Returns returns;
  private final Sessions sessions;

  Settling(EngineContext context, Returns returns, Sessions sessions) {
    this.context = context;
    this.returns = returns;
    this.sessions = sessions;
  }

  void complete(QueueName name, LockToken token) {
    MessageLock lock = require(name, token, "complete", SMALL);
    returns.remove(lock, Cause.COMPLETED);
    stirSession(lock);
  }

  void abandon(QueueName name, LockToken token, long delayMillis) {
    returns.abandon(require(name, token, "abandon", Returns.SETTLING_BYTES), delayMillis);
  }

  void release(QueueName name, LockToken token) {
    returns.release(require(name, token, "release", SMALL));
  }

  void defer(QueueName name, LockToken token) {
    MessageLock lock = require(name, token, "defer", SMALL);
    if (lock.message.home == Home.DEAD) {
      throw new ValidationFailed(
          name.value(),
          "Cannot defer dead letter %d of queue '%s': complete it, abandon it, or replay it."
              .formatted(lock.message.sequence, name));
    }
    returns.defer(lock);
  }

  void deadLetter(
      QueueName name,
      LockToken token,
      String reason,
      @Nullable String description,
      @Nullable String exceptionClass) {
    int texts = length(reason) + length(description) + length(exceptionClass);
    MessageLock lock = require(name, token, "dead-letter", Returns.SETTLING_BYTES + texts);
    if (lock.message.home == Home.DEAD) {
      throw new ValidationFailed(
          name.value(),
          "Cannot dead-letter message %d of queue '%s': it is a dead letter already."
              .formatted(lock.message.sequence, name));
    }
    returns.deadLetter(lock, reason, description, exceptionClass);
    stirSession(lock);
  }

  Instant renew(QueueName name, LockToken token) {
    context.require(name, "renew a lock in");
    MessageLock lock = context.locks.require(name, token, "renew the lock of");
    if (lock.session != null) {
      return sessions.renew(lock.session);
    }
    long length = lock.message.queue().options().lockDuration().toMillis();
    context.tickDue.put(lock, EngineContext.plus(context.tick(), length));
    return context.options.time().wall().instant().plusMillis(length);
  }

  private MessageLock require(QueueName name, LockToken token, String attempt, int bytes) {
    QueueState queue = context.require(name, "settle messages of");
    MessageLock lock = context.locks.require(name, token, attempt);
    context.log.requireRoom(queue, bytes, 2);
    return lock;
  }

  /** Bytes that a text takes at most, once cut. */
  private static int length(@Nullable String text) {
    return text == null ? 0 : (int) Math.min(text.length() * 3L, DeadLetterDetails.MAX_BYTES);
  }

  /** A session whose message left may go on with the next one. */
  private void stirSession(MessageLock lock) {
    context.stir(lock.message.lane);
  }
}
