package io.queueruntime.servicebus;

import com.azure.messaging.servicebus.ServiceBusClientBuilder;
import com.azure.messaging.servicebus.ServiceBusReceiverAsyncClient;
import com.azure.messaging.servicebus.ServiceBusSenderAsyncClient;
import com.azure.messaging.servicebus.ServiceBusSessionReceiverAsyncClient;
import com.azure.messaging.servicebus.models.ServiceBusReceiveMode;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SubQueue;
import java.time.Duration;

/**
 * One AMQP connection to the namespace: a builder of the SDK, which opens it with the first client
 * that needs it, opens it anew when it has noticed a fault, and closes it with its last client.
 *
 * <p>Thread-safe.
 */
final class Connection {

  private final ServiceBusClientBuilder builder;
  private final int prefetch;

  Connection(ServiceBusClientBuilder builder, int prefetch) {
    this.builder = builder;
    this.prefetch = prefetch;
  }

  ServiceBusSenderAsyncClient sender(QueueName queue) {
    synchronized (builder) { // it keeps settings of the client that is being built
      return builder.sender().queueName(queue.value()).buildAsyncClient();
    }
  }

  ServiceBusReceiverAsyncClient receiver(QueueName queue, SubQueue subQueue) {
    synchronized (builder) {
      return builder
          .receiver()
          .queueName(queue.value())
          .subQueue(
              subQueue == SubQueue.DEAD_LETTER
                  ? com.azure.messaging.servicebus.models.SubQueue.DEAD_LETTER_QUEUE
                  : com.azure.messaging.servicebus.models.SubQueue.NONE)
          .receiveMode(ServiceBusReceiveMode.PEEK_LOCK)
          .prefetchCount(prefetch)
          .maxAutoLockRenewDuration(Duration.ZERO)
          .disableAutoComplete()
          .buildAsyncClient();
    }
  }

  ServiceBusSessionReceiverAsyncClient sessions(QueueName queue) {
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
