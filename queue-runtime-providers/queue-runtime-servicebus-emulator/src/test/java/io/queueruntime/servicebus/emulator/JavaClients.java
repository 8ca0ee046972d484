package io.queueruntime.servicebus.emulator;

import com.azure.core.amqp.AmqpRetryMode;
import com.azure.core.amqp.AmqpRetryOptions;
import com.azure.messaging.servicebus.ServiceBusClientBuilder;
import com.azure.messaging.servicebus.ServiceBusReceiverClient;
import com.azure.messaging.servicebus.ServiceBusSenderClient;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/** Azure's Java clients of one emulator, closed together, the last one first. */
final class JavaClients implements AutoCloseable {

  private final ServiceBusEmulator emulator;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final ServiceBusClientBuilder shared;

  JavaClients(ServiceBusEmulator emulator) {
    this.emulator = emulator;
    this.shared = newBuilder();
  }

  /** The builder whose clients share one connection. */
  ServiceBusClientBuilder builder() {
    return shared;
  }

  /** A builder whose clients have a connection of their own. Retries do not grow. */
  ServiceBusClientBuilder newBuilder() {
    return new ServiceBusClientBuilder()
        .connectionString(emulator.connectionString())
        .retryOptions(
            new AmqpRetryOptions()
                .setMode(AmqpRetryMode.FIXED)
                .setDelay(Duration.ofMillis(100))
                .setTryTimeout(Duration.ofSeconds(40)));
  }

  ServiceBusSenderClient sender(String queue) {
    return keep(builder().sender().queueName(queue).buildClient());
  }

  ServiceBusReceiverClient receiver(String queue) {
    return keep(builder().receiver().queueName(queue).buildClient());
  }

  <T extends AutoCloseable> T keep(T client) {
    open.push(client);
    return client;
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException("A client did not close.", e);
      }
    }
  }
}
