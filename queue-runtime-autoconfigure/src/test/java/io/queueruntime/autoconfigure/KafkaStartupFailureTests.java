package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.autoconfigure.kafka.KafkaQueueAutoConfiguration;
import io.queueruntime.kafka.local.LocalKafka;
import io.queueruntime.listener.QueueListener;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.template.QueueTemplate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starts on a real Kafka: what it cannot do is refused, with what there is to do about it. */
class KafkaStartupFailureTests extends BrokerRefusals {

  private static final String TAKES_A_STORE =
      "Kafka keeps nothing beside its topics. It takes a state store, and queue-runtime.store.type names none.";

  private static LocalKafka broker;

  @BeforeAll
  static void startBroker(@TempDir Path data) throws IOException {
    broker = LocalKafka.start(data);
  }

  @AfterAll
  static void endBroker() {
    broker.close();
  }

  @Override
  String provider() {
    return "kafka";
  }

  @Override
  Class<?> autoConfiguration() {
    return KafkaQueueAutoConfiguration.class;
  }

  @Override
  String place() {
    return "queue-runtime.kafka.bootstrap-servers=" + broker.bootstrapServers();
  }

  @Override
  String server() {
    return "Kafka 4.2";
  }

  @Override
  Map<Capability, String> reasons() {
    Map<Capability, String> reasons = new EnumMap<>(Capability.class);
    reasons.put(Capability.SESSION_STATE, TAKES_A_STORE);
    reasons.put(Capability.SCHEDULE, TAKES_A_STORE);
    reasons.put(Capability.CANCEL_SCHEDULED, TAKES_A_STORE);
    reasons.put(Capability.SCHEDULED_VISIBLE, TAKES_A_STORE);
    reasons.put(Capability.DUPLICATE_DETECTION, TAKES_A_STORE);
    reasons.put(Capability.DUPLICATE_OUTCOME, TAKES_A_STORE);
    reasons.put(Capability.DEFER, TAKES_A_STORE);
    reasons.put(Capability.DEDUPLICATION_KEY, "Kafka cannot replace a message that waits.");
    reasons.put(
        Capability.EXPIRY_ON_TIME,
        "The runtime looks at what it receives; Kafka looks at nothing.");
    reasons.put(
        Capability.EXACT_DELIVERY_COUNT,
        "Deliveries are counted by the process that holds the message; when it ends, or its partition moves, the count begins again: a message that ends its process each time is never dead-lettered for its count.");
    reasons.put(
        Capability.ATOMIC_BATCH,
        "A batch is sent in one go and confirmed message by message; the provider does not use Kafka's transactions yet.");
    reasons.put(Capability.DETAILED_STATISTICS, "Kafka knows neither of locks nor of sessions.");
    reasons.put(Capability.CAPACITY, "Kafka deletes the oldest messages of a topic that is full.");
    reasons.put(Capability.AUTO_DELETE_ON_IDLE, "Kafka does not delete topics by itself.");
    return reasons;
  }

  @Test
  void aQueueWhoseSessionsCannotBeSwitchedOn() {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(KafkaQueueAutoConfiguration.class),
            "queue-runtime.provider=kafka",
            place(),
            "queue-runtime.queues.ledger.declare=create")) {
      QueueAdmin admin = application.bean(QueueAdmin.class);
      assertThat(admin.exists(QueueName.of("ledger"))).isTrue();

      assertRefused(
          "session: required",
          "QR-111",
          "Queue \"ledger\" exists at client \"main\" without sessions, but is configured with: queue-runtime.queues.ledger.session (application.yml:1:%d) is required. Sessions cannot be switched on on an existing queue."
              .formatted(column(73)),
          "Set queue-runtime.queues.ledger.session: none, or use a new queue, move the messages and delete the old one.");
      admin.delete(QueueName.of("ledger"));
    }
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
            place(),
            "queue-runtime.kafka.names=plainly",
            "queue-runtime.queues.plain.declare=create")) {
      application.template().send("plain", "over Kafka");

      assertThat(application.bean(Doubling.class).heard.join()).isEqualTo("over Kafka");
    }
  }

  static class Hearing {
    final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    @QueueListener("once")
    void on(String text) {
      heard.add(text);
    }
  }

  @Test
  void withAStateStoreItTellsDuplicates(@TempDir Path store) throws InterruptedException {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(KafkaQueueAutoConfiguration.class, Hearing.class),
            "queue-runtime.provider=kafka",
            place(),
            "queue-runtime.store.type=embedded",
            "queue-runtime.store.embedded.directory=" + store,
            "queue-runtime.queues.once.declare=create",
            "queue-runtime.queues.once.duplicate-detection.enabled=true",
            "queue-runtime.queues.once.duplicate-detection.window=10m")) {
      QueueTemplate queues = application.template();

      assertThat(queues.to("once").messageId("1").send("first").outcome())
          .isEqualTo(SendOutcome.ENQUEUED);
      assertThat(queues.to("once").messageId("1").send("copy").outcome())
          .isEqualTo(SendOutcome.DUPLICATE);
      queues.to("once").messageId("2").send("second");

      BlockingQueue<String> heard = application.bean(Hearing.class).heard;
      assertThat(List.of(heard.take(), heard.take())).containsExactlyInAnyOrder("first", "second");
      application.bean(QueueAdmin.class).delete(QueueName.of("once"));
    }
  }
}
