package io.queueruntime.autoconfigure;

import io.queueruntime.message.SendOutcome;
import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The scenarios on Azure Service Bus, through Azure's client, against the emulator. */
@DirtiesContext // the emulator goes when the class has ended, so its clients have to go before
class EndToEndOnServiceBusTests extends EndToEndScenarios {

  private static final ServiceBusEmulator emulator = ServiceBusEmulator.start();

  @DynamicPropertySource
  static void serviceBus(DynamicPropertyRegistry properties) {
    properties.add("queue-runtime.provider", () -> "servicebus");
    properties.add("queue-runtime.defaults.declare", () -> "create");
    // Service Bus hands over what it has at once: a whole batch is a matter of waiting for it
    Map.of("batch", "4", "batch-messages", "3", "batch-spring", "2")
        .forEach(
            (batch, size) -> {
              properties.add("queue-runtime.listeners." + batch + ".batch-size", () -> size);
              properties.add("queue-runtime.listeners." + batch + ".batch-timeout", () -> "30s");
            });
    properties.add("queue-runtime.servicebus.connection-string", emulator::connectionString);
    properties.add("queue-runtime.servicebus.management-endpoint", emulator::managementEndpoint);
  }

  /** Service Bus does not tell a sender of a duplicate. */
  @Override
  SendOutcome outcomeOfASecondCopy() {
    return SendOutcome.ENQUEUED;
  }

  @AfterAll
  static void stop() {
    emulator.close();
  }
}
