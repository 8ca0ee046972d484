package io.queueruntime.store;

import io.queueruntime.message.QueueName;

/**
 * The proof of one taking over of a unit: the next one makes it worthless. Immutable.
 *
 * @param queue where the unit belongs
 * @param unit what was taken over: what the broker gives to one consumer at a time
 * @param epoch higher with every taking over
 */
public record Fence(QueueName queue, String unit, long epoch) {}
