/**
 * Queues as Service Bus knows them (properties, status, forwarding, limits, names without regard to
 * case) over one engine, and the clock they live by. Knows no AMQP and no HTTP.
 */
@NullMarked
package io.queueruntime.servicebus.emulator.entity;

import org.jspecify.annotations.NullMarked;
