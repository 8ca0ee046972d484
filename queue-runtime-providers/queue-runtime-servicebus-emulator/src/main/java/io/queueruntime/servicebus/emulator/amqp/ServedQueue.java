package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.message.QueueName;

/**
 * A queue as links see it. Immutable.
 *
 * @param name its name in the engine
 * @param sessions whether its messages belong to sessions
 * @param maxMessageSize bytes of the largest message or batch it takes
 */
record ServedQueue(QueueName name, boolean sessions, int maxMessageSize) {}
