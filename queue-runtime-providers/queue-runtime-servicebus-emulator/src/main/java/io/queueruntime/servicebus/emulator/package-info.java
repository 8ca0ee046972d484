/** Azure Service Bus over AMQP 1.0 on loopback, served by the embedded engine. */
@NullMarked
package io.queueruntime.servicebus.emulator;

import org.jspecify.annotations.NullMarked;
