package io.queueruntime.starter.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.listener.QueueListener;
import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import io.queueruntime.template.QueueTemplate;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** An application that knows its namespace from Spring Cloud Azure alone. */
class AzureStarterTests {

  @EnableAutoConfiguration
  static class Application {

    final CompletableFuture<String> received = new CompletableFuture<>();

    @QueueListener("greetings")
    void greet(String greeting) {
      received.complete(greeting);
    }
  }

  @Test
  void namespaceOfSpringCloudAzureIsTheOneThatQueuesLiveOn() throws Exception {
    try (ServiceBusEmulator emulator = ServiceBusEmulator.start()) {
      emulator.createQueue("greetings");
      try (ConfigurableApplicationContext application = start(emulator)) {
        application.getBean(QueueTemplate.class).send("greetings", "hello");

        assertThat(application.getBean(Application.class).received.get(30, TimeUnit.SECONDS))
            .isEqualTo("hello");
      }
    }
  }

  private static ConfigurableApplicationContext start(ServiceBusEmulator emulator) {
    return new SpringApplicationBuilder(Application.class)
        .web(WebApplicationType.NONE)
        .properties(
            "spring.cloud.azure.servicebus.connection-string=" + emulator.connectionString(),
            "queue-runtime.defaults.declare=none")
        .run();
  }
}
