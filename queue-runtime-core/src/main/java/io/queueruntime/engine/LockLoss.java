package io.queueruntime.engine;

import io.queueruntime.message.QueueName;

/**
 * Ends all holds in a queue as if their time were over, which a test or an operator may want to see
 * the consequences of.
 *
 * <p>Confined to the engine thread.
 */
final class LockLoss {

  private final EngineContext context;
  private final Returns returns;
  private final Sessions sessions;

  LockLoss(EngineContext context, Returns returns, Sessions sessions) {
    this.context = context;
    this.returns = returns;
    this.sessions = sessions;
  }

  /** In one turn, however many there are; returns how many messages and sessions were held. */
  int all(QueueName name) {
    QueueState queue = context.require(name, "take the locks of");
    int lost = 0;
    for (MessageLock lock : context.locks.heldIn(queue)) {
      if (lock.session == null) {
        context.log.requireRoom(queue, Returns.SETTLING_BYTES, 2);
        returns.expired(lock);
        lost++;
      }
    }
    for (SessionLock lock : context.locks.sessionsHeldIn(queue)) {
      lost += 1 + lock.messages.size();
      sessions.expired(lock);
    }
    return lost;
  }
}
