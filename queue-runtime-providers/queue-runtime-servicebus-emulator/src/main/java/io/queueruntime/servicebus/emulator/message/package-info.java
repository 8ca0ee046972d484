/**
 * AMQP messages as bytes: what a client sent, cut into sections and checked, and what a receiver
 * gets. Knows queues' messages and nothing of connections.
 */
@NullMarked
package io.queueruntime.servicebus.emulator.message;

import org.jspecify.annotations.NullMarked;
