package io.queueruntime.servicebus;

import com.azure.core.amqp.AmqpRetryMode;
import com.azure.core.amqp.AmqpRetryOptions;
import com.azure.core.amqp.AmqpTransportType;
import com.azure.core.credential.TokenCredential;
import com.azure.messaging.servicebus.ServiceBusClientBuilder;
import com.azure.messaging.servicebus.ServiceBusReceiverAsyncClient;
import com.azure.messaging.servicebus.ServiceBusSessionReceiverAsyncClient;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SubQueue;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The AMQP connections to the namespace that clients are opened on. A queue always uses the same
 * one, until that is {@linkplain #replace replaced}.
 *
 * <p>The SDK does not retry by itself: it has two loops, one inside the other, that wait at least
 * four seconds and send a message twice when both are at it. The runtime's callers of a provider
 * retry, with the same message id, and links are opened anew by {@link QueueLink}.
 *
 * <p>Thread-safe.
 */
final class Connections {

  /** The SDK adds 4 s to its delays before it compares them with their maximum. */
  private static final Duration BUSY_MARGIN = Duration.ofMinutes(1);

  private final ServiceBusOptions options;
  private final AtomicReferenceArray<Connection> current;

  Connections(ServiceBusOptions options) {
    this.options = options;
    this.current = new AtomicReferenceArray<>(options.connections());
    for (int i = 0; i < current.length(); i++) {
      current.set(i, open(options));
    }
  }

  private static Connection open(ServiceBusOptions options) {
    return new Connection(builder(options), options.prefetch());
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

  /** What the queue's clients are opened on now. */
  Connection of(QueueName queue) {
    return current.get(Math.floorMod(queue.hashCode(), current.length()));
  }

  /**
   * Opens no client on that connection any more, which may be dead without the SDK's knowing: the
   * next ones get another. It ends with its last client; there are never more connections than the
   * options say and clients are open.
   */
  void replace(Connection failed) {
    for (int i = 0; i < current.length(); i++) {
      if (current.get(i) == failed) {
        current.compareAndSet(i, failed, open(options));
      }
    }
  }

  ServiceBusReceiverAsyncClient receiver(QueueName queue, SubQueue subQueue) {
    return of(queue).receiver(queue, subQueue);
  }

  ServiceBusSessionReceiverAsyncClient sessions(QueueName queue) {
    return of(queue).sessions(queue);
  }
}
