/** The provider for Azure Service Bus, on Azure's own SDK. */
@NullMarked
package io.queueruntime.servicebus;

import org.jspecify.annotations.NullMarked;
