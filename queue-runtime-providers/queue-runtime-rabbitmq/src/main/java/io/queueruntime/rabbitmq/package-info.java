/**
 * The provider for RabbitMQ, on its own Java client.
 *
 * <p>What was decided, and where it is explained; how each promise is kept stands in {@code
 * docs/rabbitmq.md}:
 *
 * <ul>
 *   <li>RabbitMQ's lock is the unacknowledged delivery: it knows neither its length nor its end,
 *       and takes a late settlement without a word. So the deliveries of a queue that this process
 *       holds are kept in one place, with locks of the runtime's own on its own clock: {@code
 *       HeldQueue}.
 *   <li>It knows no sessions: a session queue is some partition queues, each with one active
 *       consumer, and a session id is hashed to one of them: {@code SessionFront}.
 *   <li>It has no sequence numbers: the sender gives a message one, see {@code SequenceNumbers}.
 *   <li>It tells nobody what a queue was declared with: this is noted in a queue of its own, see
 *       {@code Catalog}.
 *   <li>A message with a reason reaches the dead-letter queue as a copy that is confirmed before
 *       the original is acknowledged: {@code DeadLettering}.
 * </ul>
 */
@NullMarked
package io.queueruntime.rabbitmq;

import org.jspecify.annotations.NullMarked;
