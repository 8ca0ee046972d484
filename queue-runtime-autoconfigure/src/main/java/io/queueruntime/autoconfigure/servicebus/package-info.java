/**
 * Azure Service Bus as a provider: what its settings mean, what they fall back to, and what is said
 * about those that cannot work. Nothing here is loaded unless Azure's SDK is on the class path.
 */
@NullMarked
package io.queueruntime.autoconfigure.servicebus;

import org.jspecify.annotations.NullMarked;
