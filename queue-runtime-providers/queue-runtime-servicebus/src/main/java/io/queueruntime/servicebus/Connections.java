package io.queueruntime.servicebus;

import com.azure.core.amqp.AmqpRetryMode;
import com.azure.core.amqp.AmqpRetryOptions;
import com.azure.core.amqp.AmqpTransportType;
import com.azure.core.credential.TokenCredential;
import com.azure.messaging.servicebus.ServiceBusClientBuilder;
import com.azure.messaging.servicebus.ServiceBusReceiverAsyncClient;
import com.azure.messaging.servicebus.ServiceBusSenderAsyncClient;
import com.azure.messaging.servicebus.ServiceBusSessionReceiverAsyncClient;
import com.azure.messaging.servicebus.models.ServiceBusReceiveMode;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SubQueue;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * The AMQP connections to the namespace: one SDK builder each, which opens its connection with the
 * first client that needs it, opens it anew after a fault and closes it with its last client. A
 * queue always uses the same one.
 *
 * <p>The SDK does not retry by itself: it has two loops, one inside the other, that wait at least
 * four seconds and send a message twice when both are at it. The runtime's callers of a provider
 * retry, with the same message id, and links are opened anew by {@link QueueLink}.
 *
 * <p>Immutable and thread-safe.
 */
final class Connections {

  /** The SDK adds 4 s to its delays before it compares them with their maximum. */
  private static final Duration BUSY_MARGIN = Duration.ofMinutes(1);

  private final ServiceBusOptions options;
  private final List<ServiceBusClientBuilder> builders;

  Connections(ServiceBusOptions options) {
    this.options = options;
    this.builders =
        IntStream.range(0, options.connections()).mapToObj(number -> builder(options)).toList();
  }

  private static ServiceBusClientBuilder builder(ServiceBusOptions options) {
    ServiceBusRetry retry = options.retry();
    ServiceBusClientBuilder builder =
        new ServiceBusClientBuilder()
            .transportType(
                options.transport() == ServiceBusOptions.Transport.AMQP
                    ? AmqpTransportType.AMQP
                    : AmqpTransportType.AMQP_WEB_SOCKETS)
            .retryOptions(
                new AmqpRetryOptions()
                    .setMode(AmqpRetryMode.FIXED)
                    .setMaxRetries(0)
                    .setDelay(retry.delay())
                    .setMaxDelay(retry.delay().plus(BUSY_MARGIN))
                    .setTryTimeout(retry.tryTimeout()));
    if (options.customEndpoint() != null) {
      builder.customEndpointAddress(options.customEndpoint().toString());
    }
    ServiceBusConnectionString connectionString = options.connectionString();
    if (connectionString != null) {
      return builder.connectionString(connectionString.secretText());
    }
    TokenCredential credential = Objects.requireNonNull(options.credential());
    return builder.fullyQualifiedNamespace(options.host()).credential(credential);
  }

  private ServiceBusClientBuilder of(QueueName queue) {
    return builders.get(Math.floorMod(queue.hashCode(), builders.size()));
  }

  ServiceBusSenderAsyncClient sender(QueueName queue) {
    ServiceBusClientBuilder builder = of(queue);
    synchronized (builder) { // it keeps settings of the client that is being built
      return builder.sender().queueName(queue.value()).buildAsyncClient();
    }
  }

  ServiceBusReceiverAsyncClient receiver(QueueName queue, SubQueue subQueue) {
    ServiceBusClientBuilder builder = of(queue);
    synchronized (builder) {
      return builder
          .receiver()
          .queueName(queue.value())
          .subQueue(
              subQueue == SubQueue.DEAD_LETTER
                  ? com.azure.messaging.servicebus.models.SubQueue.DEAD_LETTER_QUEUE
                  : com.azure.messaging.servicebus.models.SubQueue.NONE)
          .receiveMode(ServiceBusReceiveMode.PEEK_LOCK)
          .prefetchCount(options.prefetch())
          .maxAutoLockRenewDuration(Duration.ZERO)
          .disableAutoComplete()
          .buildAsyncClient();
    }
  }

  ServiceBusSessionReceiverAsyncClient sessions(QueueName queue) {
    ServiceBusClientBuilder builder = of(queue);
    synchronized (builder) {
      return builder
          .sessionReceiver()
          .queueName(queue.value())
          .receiveMode(ServiceBusReceiveMode.PEEK_LOCK)
          .prefetchCount(0)
          .maxAutoLockRenewDuration(Duration.ZERO)
          .disableAutoComplete()
          .buildAsyncClient();
    }
  }
}
