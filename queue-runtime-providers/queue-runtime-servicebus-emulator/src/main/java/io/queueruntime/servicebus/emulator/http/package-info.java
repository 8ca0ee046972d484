/**
 * Service Bus's management API over HTTP: queues are created, read, changed, listed and deleted as
 * Atom entries.
 */
@NullMarked
package io.queueruntime.servicebus.emulator.http;

import org.jspecify.annotations.NullMarked;
