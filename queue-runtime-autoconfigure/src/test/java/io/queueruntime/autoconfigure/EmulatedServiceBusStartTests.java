package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.autoconfigure.servicebus.ServiceBusQueueAutoConfiguration;
import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import io.queueruntime.servicebus.emulator.spring.EmulatedServiceBus;
import io.queueruntime.template.QueueTemplate;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;

/** An application whose own configuration leads to Azure starts with the emulator all the same. */
class EmulatedServiceBusStartTests {

  @Configuration(proxyBeanMethods = false)
  @ImportAutoConfiguration({
    JacksonAutoConfiguration.class,
    QueueRuntimeAutoConfiguration.class,
    ServiceBusQueueAutoConfiguration.class
  })
  static class Application {}

  private static void assertReached(QueueTemplate template, ServiceBusEmulator emulator) {
    template.send("orders", "one");

    assertThat(emulator.namespace().statistics("orders").active()).isOne();
  }

  @Nested
  @SpringBootTest(
      classes = Application.class,
      properties = {
        "queue-runtime.strict=true",
        "queue-runtime.queues.orders.declare=check",
        "queue-runtime.servicebus.namespace=orders-production",
        "queue-runtime.servicebus.credential.type=client-secret",
        "queue-runtime.servicebus.credential.tenant-id=t",
        "queue-runtime.servicebus.credential.client-id=c",
        "queue-runtime.servicebus.credential.client-secret=s",
        "queue-runtime.servicebus.transport=amqp-web-sockets"
      })
  @EmulatedServiceBus(queues = "orders")
  class OfOneClient {

    @Autowired private ServiceBusEmulator emulator;
    @Autowired private QueueTemplate template;

    @Test
    void itsClientReachesTheEmulator() {
      assertReached(template, emulator);
    }
  }

  @Nested
  @SpringBootTest(
      classes = Application.class,
      properties = {
        "queue-runtime.queues.orders.declare=check",
        "queue-runtime.queues.orders.client=azure",
        "queue-runtime.clients.azure.servicebus.namespace=orders-production",
        "queue-runtime.clients.azure.servicebus.credential.type=managed-identity"
      })
  @EmulatedServiceBus(queues = "orders")
  class OfANamedClient {

    @Autowired private ServiceBusEmulator emulator;
    @Autowired private QueueTemplate template;

    @Test
    void thatClientReachesTheEmulator() {
      assertReached(template, emulator);
    }
  }
}
