/** Reads the queues out of the configuration file of Microsoft's own emulator. */
@NullMarked
package io.queueruntime.servicebus.emulator.config;

import org.jspecify.annotations.NullMarked;
