/**
 * What clients ask of {@code $management}: every operation on a queue as a function of a request,
 * and the conditions under which clients of Service Bus know a failure. Knows no links.
 */
@NullMarked
package io.queueruntime.servicebus.emulator.management;

import org.jspecify.annotations.NullMarked;
