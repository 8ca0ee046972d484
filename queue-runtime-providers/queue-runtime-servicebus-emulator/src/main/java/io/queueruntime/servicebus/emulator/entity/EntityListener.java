package io.queueruntime.servicebus.emulator.entity;

/**
 * Hears what happens to queues. Called on the thread that changed the queue, after the change is
 * durable and before its caller is told, or, when a queue deletes itself, on the engine's; must not
 * block and must not call the namespace's blocking methods.
 */
public interface EntityListener {

  /** A queue's properties, maybe its status, are others now. */
  default void changed(Entity before, Entity after) {}

  /** A queue is gone; what waited on it in the engine has failed. */
  default void deleted(Entity gone) {}
}
