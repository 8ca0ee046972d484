package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.listener.QueueListener;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.template.QueueTemplate;
import org.junit.jupiter.api.Test;
import org.springframework.boot.ApplicationRunner;
import org.springframework.context.annotation.Bean;

/** What a user reads whose queues cannot be found, or whose clients cannot be opened. */
class ClientStartupFailureTests extends StartupReports {

  static class OrderHandler {
    @QueueListener("ordres")
    void on(Order order) {}
  }

  @Test
  void aListenerOnAQueueThatDoesNotExist() {
    start.with(OrderHandler.class);

    assertReport(
        """
        queue-runtime:
          embedded.durability: memory
          defaults:
            declare: check
          queues:
            orders:
              declare: create
        """,
        "QR-101",
        "@QueueListener method OrderHandler.on(Order) listens to queue \"ordres\", which does not exist at client \"main\" (embedded), and queue-runtime.defaults.declare (application.yml:4:14) is check. Known queues: orders.",
        "Did you mean \"orders\"? To have it created set queue-runtime.queues.ordres.declare: create.");
  }

  @Test
  void aListenerOnAQueueThatIsNotToBeDeclared() {
    start.with(OrderHandler.class);

    assertReport(
        IN_MEMORY + "queue-runtime.queues.ordres.declare: none",
        "QR-101",
        "@QueueListener method OrderHandler.on(Order) listens to queue \"ordres\", which does not exist at client \"main\" (embedded), and queue-runtime.queues.ordres.declare (application.yml:2:38) is none. Known queues: none.",
        "To have it created set queue-runtime.queues.ordres.declare: create.");
  }

  @Test
  void aProviderWhoseJarIsMissing() {
    assertReport(
        """
        queue-runtime:
          clients:
            azure:
              provider: servicebus
        """,
        "QR-102",
        "Client \"azure\" asks for provider \"servicebus\" by queue-runtime.clients.azure.provider (application.yml:4:17), but that provider is not on the class path. Found: embedded.",
        "Add io.queueruntime:queue-runtime-servicebus to the build, or set queue-runtime.clients.azure.provider to one of: embedded.");
  }

  @Test
  void aProviderWhoseJarIsMissingAndThatIsMeantByItsSettings() {
    assertReport(
        "queue-runtime.kafka.bootstrap-servers: x",
        "QR-102",
        "Client \"main\" asks for provider \"kafka\" by queue-runtime.kafka.bootstrap-servers (application.yml:1:40), but that provider is not on the class path. Found: embedded.",
        "Add io.queueruntime:queue-runtime-kafka to the build, or set queue-runtime.provider to one of: embedded.");
  }

  @Test
  void aProviderNobodyKnows() {
    assertReport(
        "queue-runtime.provider: rabitmq",
        "QR-103",
        "queue-runtime.provider (application.yml:1:25) of client \"main\" is \"rabitmq\", which is not a provider.",
        "Did you mean \"rabbitmq\"? Set queue-runtime.provider to one of: embedded, kafka, rabbitmq, servicebus.");
  }

  static class Fakes {
    @Bean
    QueueProviderFactory kafka() {
      return new FakeProvider("kafka");
    }
  }

  @Test
  void settingsOfTwoProvidersAndNoChoice() {
    start.with(Fakes.class);

    assertReport(
        """
        queue-runtime:
          embedded:
            durability: memory
          kafka:
            bootstrap-servers: k
        """,
        "QR-138",
        "Client \"main\" has settings of 2 providers and does not say which one to use: queue-runtime.embedded.durability (application.yml:3:17), queue-runtime.kafka.bootstrap-servers (application.yml:5:24).",
        "Set queue-runtime.provider to one of: embedded, kafka.");
  }

  static class Unreachable {
    @Bean
    QueueProviderFactory kafka() {
      return new FakeProvider("kafka")
          .failingWith(new ConnectionFailed(null, "Cannot reach k:9092.", null));
    }
  }

  @Test
  void aBrokerThatCannotBeReached() {
    start.with(Unreachable.class);

    assertReport(
        "queue-runtime.provider: kafka",
        "QR-100",
        "Client \"main\" (kafka) cannot be opened: Cannot reach k:9092.",
        "Correct the cause and start again.");
  }

  static class Changed {
    @Bean
    QueueProviderFactory kafka() {
      return new FakeProvider("kafka")
          .with(
              provider ->
                  provider
                      .admin()
                      .create(
                          QueueName.of("orders"), QueueOptions.DEFAULTS.withMaxDeliveryCount(9)));
    }
  }

  @Test
  void aQueueThatIsNotAsConfigured() {
    start.with(Changed.class);

    assertReport(
        """
        queue-runtime:
          provider: kafka
          queues:
            orders:
              max-delivery-count: 4
        """,
        "QR-154",
        "Queue \"orders\" at client \"main\" is not as configured: maxDeliveryCount is 9 instead of 4.",
        "Correct queue-runtime.queues.orders, or set queue-runtime.queues.orders.declare: create to have changed what can be changed.");
  }

  @Test
  void aRunnerThatSendsToAQueueNobodyDeclared() {
    start.with(Sender.class);

    assertThat(start.report(IN_MEMORY + "queue-runtime.queues.orders: {}"))
        .startsWith("Description:\n\n[QR-101] ")
        .contains("ordres")
        .endsWith(
            "[QR-101] Did you mean \"orders\"? A queue that is only sent to is not created by itself. Declare it: queue-runtime.queues.ordres: {}");
  }

  static class Elsewhere {
    @QueueListener(queues = "orders", client = "azur")
    void on(Order order) {}
  }

  @Test
  void aClientThatDoesNotExist() {
    start.with(Elsewhere.class, Fakes.class);

    assertReport(
        """
        queue-runtime:
          embedded.durability: memory
          clients:
            azure.provider: kafka
        """,
        "QR-136",
        "client of @QueueListener method Elsewhere.on(Order) is \"azur\", which is not a client. Clients: azure, main.",
        "Did you mean \"azure\"? Use one of: azure, main.");
  }

  @Test
  void severalClientsAndNoPrimaryOne() {
    start.with(Fakes.class);

    assertReport(
        """
        queue-runtime:
          clients:
            a.provider: kafka
            b.provider: kafka
        """,
        "QR-137",
        "There are 2 clients (a, b), and none of them is the primary one.",
        "Set queue-runtime.primary to one of: a, b.");
  }

  @Test
  void aPrimaryClientThatDoesNotExist() {
    assertReport(
        IN_MEMORY + "queue-runtime.primary: mian",
        "QR-136",
        "queue-runtime.primary (application.yml:2:24) names the client \"mian\", which does not exist. Clients: main.",
        "Did you mean \"main\"? Set queue-runtime.primary to one of: main.");
  }

  static class TwoClients {
    @QueueListener({"orders", "payments"})
    void on(Order order) {}
  }

  @Test
  void aListenerOnQueuesOfTwoClients() {
    start.with(TwoClients.class, Fakes.class);

    assertReport(
        """
        queue-runtime:
          embedded.durability: memory
          clients.other.provider: kafka
          queues.payments: { client: other, declare: create }
        """,
        "QR-153",
        "@QueueListener method TwoClients.on(Order) listens to queues of 2 clients: main, other.",
        "Use one @QueueListener for each client; the annotation can be repeated.");
  }

  static class Sender {
    @Bean
    ApplicationRunner go(QueueTemplate queues) {
      return arguments -> queues.send("ordres", "hello");
    }
  }
}
