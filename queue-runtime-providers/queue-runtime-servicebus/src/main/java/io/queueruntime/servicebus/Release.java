package io.queueruntime.servicebus;

import com.azure.messaging.servicebus.ServiceBusReceivedMessage;
import com.azure.messaging.servicebus.ServiceBusReceiverAsyncClient;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Gives a message back without counting the delivery: AMQP's outcome {@code released}.
 *
 * <p>The SDK has it, for its blocking client's own late messages, but does not show it; it is
 * called all the same. Where that is not possible, as in a strictly encapsulated module or a later
 * SDK, the message is abandoned, which counts. Thread-safe.
 */
final class Release {

  private static final Logger log = LoggerFactory.getLogger(Release.class);
  private static final @Nullable MethodHandle RELEASE = find();

  private Release() {}

  private static @Nullable MethodHandle find() {
    try {
      return MethodHandles.privateLookupIn(
              ServiceBusReceiverAsyncClient.class, MethodHandles.lookup())
          .findVirtual(
              ServiceBusReceiverAsyncClient.class,
              "release",
              MethodType.methodType(Mono.class, ServiceBusReceivedMessage.class));
    } catch (ReflectiveOperationException | RuntimeException e) {
      log.warn(
          "This version of azure-messaging-servicebus cannot release messages: what was received and not started is"
              + " abandoned when a listener stops, which counts as a delivery.",
          e);
      return null;
    }
  }

  @SuppressWarnings("unchecked")
  static Mono<Void> of(ServiceBusReceiverAsyncClient client, ServiceBusReceivedMessage message) {
    if (RELEASE == null) {
      return client.abandon(message);
    }
    try {
      return (Mono<Void>) RELEASE.invokeExact(client, message);
    } catch (Throwable e) {
      return Mono.error(e);
    }
  }
}
