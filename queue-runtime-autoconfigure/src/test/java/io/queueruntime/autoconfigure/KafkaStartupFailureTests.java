package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.autoconfigure.kafka.KafkaQueueAutoConfiguration;
import io.queueruntime.kafka.local.LocalKafka;
import io.queueruntime.listener.QueueListener;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueSession;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.template.QueueTemplate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Starts on a real Kafka: what it cannot do is refused, with what there is to do about it. */
@ExtendWith(OutputCaptureExtension.class)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class KafkaStartupFailureTests {

  private static final String NOTHING_BESIDE =
      "Kafka keeps nothing beside its topics, and the provider does not work with a state store yet.";

  private static LocalKafka broker;

  @TempDir private Path directory;
  private FailedStart start;

  record Order(String id) {}

  static class Ledger {
    @QueueListener("ledger")
    void on(Order order, QueueSession session) {}
  }

  @BeforeAll
  static void startBroker(@TempDir Path data) throws IOException {
    broker = LocalKafka.start(data);
  }

  @AfterAll
  static void endBroker() {
    broker.close();
  }

  @BeforeEach
  void newStart(CapturedOutput output) {
    start = new FailedStart(directory, output).with(KafkaQueueAutoConfiguration.class);
  }

  private static String servers() {
    return "queue-runtime.kafka.bootstrap-servers=" + broker.bootstrapServers();
  }

  private void assertRefused(String settings, String code, String description, String action) {
    start.argument("--" + servers());
    assertThat(
            start.report(
                "queue-runtime: { provider: kafka, queues.ledger: { declare: create, %s } }"
                    .formatted(settings)))
        .isEqualTo(
            """
            Description:

            The queues of this application cannot start:

            [%1$s] %2$s

            Action:

            [%1$s] %3$s"""
                .formatted(code, description, action));
  }

  @Test
  void duplicateDetection() {
    start.with(Ledger.class);

    assertRefused(
        "session: required, duplicate-detection.window: 10m",
        "QR-117",
        "Queue \"ledger\" asks for duplicate detection (queue-runtime.queues.ledger.duplicate-detection.window (application.yml:1:116) is 10m), which client \"main\" (kafka) cannot do on Kafka 4.2: "
            + NOTHING_BESIDE
            + " It is listened to by @QueueListener method Ledger.on(Order, QueueSession).",
        "Set queue-runtime.queues.ledger.duplicate-detection.enabled: false, or reach the queue through another client.");
  }

  @Test
  void deletionWhenIdle() {
    assertRefused(
        "auto-delete-on-idle: 10m",
        "QR-117",
        "Queue \"ledger\" asks for a queue that deletes itself when idle (queue-runtime.queues.ledger.auto-delete-on-idle (application.yml:1:90) is 10m), which client \"main\" (kafka) cannot do on Kafka 4.2: Kafka does not delete topics by itself.",
        "Remove queue-runtime.queues.ledger.auto-delete-on-idle, or reach the queue through another client.");
  }

  @Test
  void aQueueWhoseSessionsCannotBeSwitchedOn() {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(KafkaQueueAutoConfiguration.class),
            "queue-runtime.provider=kafka",
            servers(),
            "queue-runtime.queues.ledger.declare=create")) {
      assertThat(application.bean(QueueAdmin.class).exists(QueueName.of("ledger"))).isTrue();
    }

    assertRefused(
        "session: required",
        "QR-111",
        "Queue \"ledger\" exists at client \"main\" without sessions, but is configured with: queue-runtime.queues.ledger.session (application.yml:1:78) is required. Sessions cannot be switched on on an existing queue.",
        "Set queue-runtime.queues.ledger.session: none, or use a new queue, move the messages and delete the old one.");
  }

  static class Doubling {
    final CompletableFuture<String> heard = new CompletableFuture<>();

    @QueueListener("plain")
    void on(String text, QueueTemplate queues) {
      heard.complete(text);
    }
  }

  @Test
  void whatItCanDoStarts() {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(KafkaQueueAutoConfiguration.class, Doubling.class),
            "queue-runtime.provider=kafka",
            servers(),
            "queue-runtime.kafka.names=plainly",
            "queue-runtime.queues.plain.declare=create")) {
      application.template().send("plain", "over Kafka");

      assertThat(application.bean(Doubling.class).heard.join()).isEqualTo("over Kafka");
    }
  }
}
