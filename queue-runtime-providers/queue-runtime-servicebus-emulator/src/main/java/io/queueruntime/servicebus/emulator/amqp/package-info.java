/** Sockets, AMQP 1.0 connections and links: how clients of Service Bus reach the queues. */
@NullMarked
package io.queueruntime.servicebus.emulator.amqp;

import org.jspecify.annotations.NullMarked;
