package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.autoconfigure.servicebus.ServiceBusQueueAutoConfiguration;
import io.queueruntime.listener.QueueListener;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.servicebus.emulator.EmulatorOptions;
import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;

/** What a start does about queues that Service Bus has, or does not have. */
@ExtendWith(OutputCaptureExtension.class)
class ServiceBusDeclarationTests {

  @TempDir private Path directory;
  private final ServiceBusEmulator emulator = ServiceBusEmulator.start(EmulatorOptions.DEFAULTS);
  private FailedStart start;

  @Configuration(proxyBeanMethods = false)
  @ImportAutoConfiguration(ServiceBusQueueAutoConfiguration.class)
  static class Azure {}

  static class OrderHandler {
    @QueueListener("orders")
    void on(String order) {}
  }

  @BeforeEach
  void newStart(CapturedOutput output) {
    start = new FailedStart(directory, output).with(Azure.class, OrderHandler.class);
  }

  @AfterEach
  void stop() {
    emulator.close();
  }

  private String there() {
    return """
        queue-runtime.servicebus.connection-string: %s
        queue-runtime.servicebus.management-endpoint: %s
        queue-runtime.servicebus.retry: { retries: 0, try-timeout: 30s }
        """
        .formatted(emulator.connectionString(), emulator.managementEndpoint());
  }

  private RunningApplication run(String... properties) {
    Map<String, String> there =
        Map.of(
            "queue-runtime.servicebus.connection-string", emulator.connectionString(),
            "queue-runtime.servicebus.management-endpoint",
                emulator.managementEndpoint().toString());
    List<String> all = new java.util.ArrayList<>(List.of(properties));
    there.forEach((name, value) -> all.add(name + "=" + value));
    return RunningApplication.start(
        List.of(Azure.class, OrderHandler.class), all.toArray(String[]::new));
  }

  @Test
  void aQueueThatIsNotThereFailsTheStart() {
    emulator.createQueue("ordres");

    assertThat(start.report(there()))
        .contains(
            "[QR-101] @QueueListener method OrderHandler.on(String) listens to queue \"orders\", which does not exist at client \"main\" (servicebus), and queue-runtime.queues.orders.declare is check. Known queues: ordres.",
            "[QR-101] Did you mean \"ordres\"? To have it created set queue-runtime.queues.orders.declare: create.");
  }

  @Test
  void aQueueWithSessionsThatIsConfiguredWithoutFailsTheStart() {
    emulator.createQueue("orders", queue -> queue.withRequiresSession(true));

    assertThat(start.report(there() + "queue-runtime.queues.orders.session: none"))
        .contains("[QR-110] Queue \"orders\" exists at client \"main\" with sessions");
  }

  @Test
  void aQueueWithoutSessionsThatIsConfiguredWithThemFailsTheStart() {
    emulator.createQueue("orders");

    assertThat(start.report(there() + "queue-runtime.queues.orders.session-ids: [a, b]"))
        .contains(
            "[QR-111] Queue \"orders\" exists at client \"main\" without sessions, but is configured with: queue-runtime.queues.orders.session-ids (application.yml:4:43) lists 2.");
  }

  @Test
  void aQueueThatDiffersInWhatIsConfiguredFailsTheStart() {
    emulator.createQueue("orders", queue -> queue.withMaxDeliveryCount(9));

    assertThat(start.report(there() + "queue-runtime.queues.orders.max-delivery-count: 4"))
        .contains(
            "[QR-154] Queue \"orders\" at client \"main\" is not as configured: maxDeliveryCount is 9 instead of 4.");
  }

  @Test
  void aQueueMayDifferInWhatTheConfigurationDoesNotSpeakOf() {
    emulator.createQueue("orders", queue -> queue.withMaxDeliveryCount(9));

    try (RunningApplication application = run("queue-runtime.queues.orders.lock-duration=60s")) {
      application.template().send("orders", "1");
      assertThat(
              application
                  .bean(QueueAdmin.class)
                  .describe(QueueName.of("orders"))
                  .orElseThrow()
                  .options()
                  .maxDeliveryCount())
          .isEqualTo(9);
    }
  }

  @Test
  void aQueueIsCreatedWithEverythingThatIsConfiguredAndChangedWhereItCanBe() {
    String[] created = {
      "queue-runtime.queues.orders.declare=create",
      "queue-runtime.queues.orders.session=required",
      "queue-runtime.queues.orders.lock-duration=17s",
      "queue-runtime.queues.orders.duplicate-detection.window=7m"
    };
    try (RunningApplication application = run(created)) {
      assertThat(options(application).sessions()).isTrue();
      assertThat(options(application).lockDuration()).isEqualTo(Duration.ofSeconds(17));
      assertThat(options(application).duplicateDetectionWindow()).isEqualTo(Duration.ofMinutes(7));
    }
    created[2] = "queue-runtime.queues.orders.lock-duration=19s";
    try (RunningApplication application = run(created)) {
      assertThat(options(application).lockDuration()).isEqualTo(Duration.ofSeconds(19));
    }
  }

  @Test
  void aQueueThatIsChangedByAStartForwardsAsBefore() {
    emulator.createQueue("archive");
    emulator.createQueue("orders", queue -> queue.withForwardDeadLetteredMessagesTo("archive"));

    try (RunningApplication application =
        run(
            "queue-runtime.queues.orders.declare=create",
            "queue-runtime.queues.orders.duplicate-detection.enabled=false",
            "queue-runtime.queues.orders.lock-duration=19s")) {
      assertThat(options(application).lockDuration()).isEqualTo(Duration.ofSeconds(19));
      assertThat(options(application).forwardDeadLettersTo()).isEqualTo(QueueName.of("archive"));
    }
  }

  private static QueueOptions options(RunningApplication application) {
    return application
        .bean(QueueAdmin.class)
        .describe(QueueName.of("orders"))
        .orElseThrow()
        .options();
  }

  @Test
  void whatCannotBeChangedOnAnExistingQueueFailsTheStart() {
    emulator.createQueue("orders");

    assertThat(
            start.report(
                there()
                    + "queue-runtime.queues.orders: { declare: create, duplicate-detection: { window: 7m } }"))
        .contains(
            "[QR-155] Client \"main\" (servicebus) at queue \"orders\": Cannot change queue 'orders'",
            "[QR-155] Configure the queue as it is, use another one, or delete it first.");
  }

  @Test
  void onlyWhatIsConfiguredIsChangedOnAnExistingQueue() {
    emulator.createQueue("orders", queue -> queue.withMaxDeliveryCount(9));

    try (RunningApplication application =
        run(
            "queue-runtime.queues.orders.declare=create",
            "queue-runtime.queues.orders.lock-duration=17s")) {
      assertThat(options(application).lockDuration()).isEqualTo(Duration.ofSeconds(17));
      assertThat(options(application).maxDeliveryCount()).isEqualTo(9);
      assertThat(options(application).duplicateDetectionWindow()).isNull();
    }
  }

  @Test
  void noneAsksNothingOfTheNamespace() {
    try (RunningApplication application =
        run(
            "queue-runtime.defaults.declare=none",
            "queue-runtime.listeners.orderHandler.on.auto-startup=false")) {
      assertThat(emulator.namespace().find("orders")).isEmpty();
      assertThat(application.bean(QueueListenerRegistry.class).ids()).hasSize(1);
    }
  }

  @Test
  void aNamespaceThatCannotBeReachedIsToldWithWhatToCheck() {
    String there = there();
    int port = emulator.port();
    emulator.close();

    assertThat(start.report(there))
        .contains(
            "[QR-100] Client \"main\" (servicebus)",
            "Check that the emulator runs at localhost:%d, with its management API at %s (queue-runtime.servicebus.management-endpoint)."
                .formatted(port, emulator.managementEndpoint()));
  }

  @Test
  void anEmulatorThatIsTakenForTheCloudIsToldApart() {
    String there = there().replace(";UseDevelopmentEmulator=true", "");
    emulator.close();

    assertThat(start.report(there))
        .contains(
            "[QR-100] Client \"main\" (servicebus)",
            "For an emulator add UseDevelopmentEmulator=true to the connection string.");
  }

  @Test
  void aKeyOfAnotherNamespaceIsToldWithWhatToCheck() {
    assertThat(start.report(there().replace("SharedAccessKey=", "SharedAccessKey=d3Jvbmct")))
        .contains("[QR-160] Client \"main\" (servicebus)", "Check that the key, or the credential")
        .doesNotContain("d3Jvbmct");
  }

  @Test
  void aQueueIsCreatedWithWhatServiceBusAloneHas() {
    try (RunningApplication application =
        run(
            "queue-runtime.queues.orders.declare=create",
            "queue-runtime.defaults.attributes.servicebus.max-size-in-megabytes=2048",
            "queue-runtime.queues.orders.attributes.servicebus.max-size-in-megabytes=3072",
            "queue-runtime.queues.orders.attributes.servicebus.partitioned=false")) {
      QueueOptions found =
          application
              .bean(QueueAdmin.class)
              .describe(QueueName.of("orders"))
              .orElseThrow()
              .options();

      assertThat(found.attributes())
          .containsExactly(Map.entry("servicebus.max-size-in-megabytes", "3072"));
    }
  }

  @Test
  void anAttributeThatServiceBusDoesNotHaveFailsTheStart() {
    assertThat(
            start.report(
                there()
                    + """
                    queue-runtime.queues.orders:
                      declare: create
                      attributes: { servicebus: { partitoned: true } }
                    """))
        .contains("servicebus.partitoned", "servicebus.partitioned");
  }
}
