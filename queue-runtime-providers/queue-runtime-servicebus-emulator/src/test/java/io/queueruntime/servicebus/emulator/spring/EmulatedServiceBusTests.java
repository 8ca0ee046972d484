package io.queueruntime.servicebus.emulator.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.azure.messaging.servicebus.ServiceBusClientBuilder;
import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusSenderClient;
import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import io.queueruntime.servicebus.emulator.http.PlainHttp;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.test.annotation.DirtiesContext.HierarchyMode;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestContextManager;
import org.springframework.test.context.TestPropertySource;

class EmulatedServiceBusTests {

  @ContextConfiguration(classes = Application.class)
  @TestPropertySource(properties = "queue-runtime.servicebus.connection-string=from elsewhere")
  @EmulatedServiceBus(queues = "orders", sessionQueues = "accounts")
  private static class Annotated {}

  /** Finds the annotation on the class it extends, and so shares the context. */
  private static final class Inheriting extends Annotated {}

  @ContextConfiguration(classes = Application.class)
  @EmulatedServiceBus(queues = {"orders", "more"})
  private static final class WithOtherQueues {}

  @ContextConfiguration(classes = Plain.class)
  private static final class NotAnnotated {}

  @Configuration
  static class Plain {}

  @Configuration
  static class Application {
    @Bean(destroyMethod = "close")
    Client client(Environment environment, ServiceBusEmulator emulator) {
      return new Client(
          environment.getRequiredProperty("queue-runtime.servicebus.connection-string"), emulator);
    }
  }

  /** A bean that needs its broker until it has closed. */
  static final class Client {
    private final ServiceBusSenderClient sender;
    private final ServiceBusEmulator emulator;
    private long countAtClose = -1;

    Client(String connectionString, ServiceBusEmulator emulator) {
      this.sender =
          new ServiceBusClientBuilder()
              .connectionString(connectionString)
              .sender()
              .queueName("orders")
              .buildClient();
      this.emulator = emulator;
    }

    void close() {
      sender.sendMessage(new ServiceBusMessage("last"));
      countAtClose = emulator.namespace().statistics("orders").active();
      sender.close();
    }
  }

  private final List<TestContext> opened = new ArrayList<>();

  @AfterEach
  void closeContexts() {
    opened.forEach(one -> one.markApplicationContextDirty(HierarchyMode.EXHAUSTIVE));
  }

  @Test
  void beansOfTheContextTalkToTheEmulatorUntilTheyAreClosed() {
    ApplicationContext context = open(Annotated.class);
    ServiceBusEmulator emulator = context.getBean(ServiceBusEmulator.class);
    Client client = context.getBean(Client.class);

    client.sender.sendMessage(new ServiceBusMessage("first"));
    assertThat(emulator.namespace().statistics("orders").active()).isOne();
    assertThat(emulator.namespace().require("accounts").description().requiresSession()).isTrue();
    closeContexts();

    assertThat(client.countAtClose).isEqualTo(2);
    assertThatExceptionOfType(ConnectException.class)
        .isThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), emulator.port()).close());
  }

  @Test
  void propertiesPointToTheEmulatorWhateverElseSetsThem() {
    ApplicationContext context = open(Annotated.class);
    ServiceBusEmulator emulator = context.getBean(ServiceBusEmulator.class);
    Environment environment = context.getEnvironment();

    assertThat(environment.getProperty("queue-runtime.servicebus.connection-string"))
        .isEqualTo(emulator.connectionString());
    assertThat(environment.getProperty("spring.cloud.azure.servicebus.connection-string"))
        .isEqualTo(emulator.connectionString());
    URI management =
        URI.create(environment.getRequiredProperty("queue-runtime.servicebus.management-endpoint"));
    assertThat(PlainHttp.client(emulator.connectionString(), management).getQueueExists("accounts"))
        .isTrue();
  }

  @Test
  void classesThatAskForTheSameShareAContextAndOthersDoNot() {
    ServiceBusEmulator one = open(Annotated.class).getBean(ServiceBusEmulator.class);

    assertThat(open(Inheriting.class).getBean(ServiceBusEmulator.class)).isSameAs(one);
    ServiceBusEmulator other = open(WithOtherQueues.class).getBean(ServiceBusEmulator.class);
    assertThat(other).isNotSameAs(one);
    assertThat(other.namespace().find("more")).isPresent();
    assertThat(one.namespace().find("more")).isEmpty();
  }

  @Test
  void aClassWithoutTheAnnotationGetsNothing() {
    ApplicationContext context = open(NotAnnotated.class);

    assertThat(context.getBeansOfType(ServiceBusEmulator.class)).isEmpty();
    assertThat(
            context.getEnvironment().containsProperty("queue-runtime.servicebus.connection-string"))
        .isFalse();
  }

  private ApplicationContext open(Class<?> testClass) {
    TestContext context = new TestContextManager(testClass).getTestContext();
    opened.add(context);
    return context.getApplicationContext();
  }
}
