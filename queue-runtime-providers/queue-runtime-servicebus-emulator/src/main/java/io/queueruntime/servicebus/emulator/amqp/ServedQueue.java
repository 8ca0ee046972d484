package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.message.QueueName;

/**
 * A queue as links see it. Immutable.
 *
 * @param name its name in the engine
 * @param sessions whether its messages belong to sessions
 */
record ServedQueue(QueueName name, boolean sessions) {}
