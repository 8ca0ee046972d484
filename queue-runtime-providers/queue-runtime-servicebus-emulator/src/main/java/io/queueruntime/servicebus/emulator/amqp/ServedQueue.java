package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.message.QueueName;
import io.queueruntime.servicebus.emulator.entity.Entity;

/**
 * A queue as links see it. Immutable.
 *
 * @param entity the queue as it was when the link was attached: another one may have its name later
 * @param maxMessageSize bytes of the largest message or batch it takes
 */
record ServedQueue(Entity entity, int maxMessageSize) {

  /** Its name in the engine. */
  QueueName name() {
    return entity.queue();
  }

  /** Whether its messages belong to sessions. */
  boolean sessions() {
    return entity.description().requiresSession();
  }
}
