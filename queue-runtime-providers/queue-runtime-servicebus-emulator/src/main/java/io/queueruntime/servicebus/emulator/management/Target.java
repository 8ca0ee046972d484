package io.queueruntime.servicebus.emulator.management;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.SubQueue;

/**
 * What a request is about. Immutable.
 *
 * @param queue the entity's queue
 * @param subQueue the queue itself or its dead letters
 * @param sessions whether the queue has sessions
 * @param maxMessageBytes of the largest message it takes
 */
public record Target(QueueName queue, SubQueue subQueue, boolean sessions, int maxMessageBytes) {

  /** Dead letters are held without their sessions. */
  boolean locksSessions() {
    return sessions && subQueue == SubQueue.MAIN;
  }
}
