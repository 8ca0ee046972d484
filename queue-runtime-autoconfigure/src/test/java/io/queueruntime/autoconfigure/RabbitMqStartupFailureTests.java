package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.queueruntime.autoconfigure.rabbitmq.RabbitMqQueueAutoConfiguration;
import io.queueruntime.listener.QueueListener;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.rabbitmq.local.LocalRabbitMq;
import io.queueruntime.template.QueueTemplate;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starts on a real RabbitMQ: what it cannot do is refused, with what there is to do about it. */
class RabbitMqStartupFailureTests extends BrokerRefusals {

  private static final String TAKES_A_STORE =
      "RabbitMQ keeps nothing beside its queues. It takes a state store, and queue-runtime.store.type names none.";

  private static LocalRabbitMq broker;
  private static String version;

  @BeforeAll
  static void startBroker(@TempDir Path data) throws Exception {
    if (LocalRabbitMq.installed().isEmpty()) {
      String reason = "SKIPPED, no RabbitMQ is installed (apt-get install rabbitmq-server).";
      if (System.getenv("CI") != null) {
        throw new IllegalStateException(reason);
      }
      System.getLogger(RabbitMqStartupFailureTests.class.getName())
          .log(System.Logger.Level.ERROR, reason);
      Assumptions.abort(reason);
    }
    broker = LocalRabbitMq.start(data);
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(broker.uri());
    try (Connection connection = factory.newConnection()) {
      version = connection.getServerProperties().get("version").toString();
    }
  }

  @AfterAll
  static void endBroker() {
    if (broker != null) {
      broker.close();
    }
  }

  @Override
  String provider() {
    return "rabbitmq";
  }

  @Override
  Class<?> autoConfiguration() {
    return RabbitMqQueueAutoConfiguration.class;
  }

  @Override
  String place() {
    return "queue-runtime.rabbitmq.uri=" + broker.uri();
  }

  @Override
  String server() {
    return "RabbitMQ " + version;
  }

  private static boolean isBefore43() {
    return Runtime.Version.parse(version).compareTo(Runtime.Version.parse("4.3")) < 0;
  }

  @Override
  Map<Capability, String> reasons() {
    Map<Capability, String> reasons = new EnumMap<>(Capability.class);
    reasons.put(Capability.SESSION_STATE, TAKES_A_STORE);
    reasons.put(Capability.CANCEL_SCHEDULED, TAKES_A_STORE);
    reasons.put(Capability.DUPLICATE_DETECTION, TAKES_A_STORE);
    reasons.put(Capability.DUPLICATE_OUTCOME, TAKES_A_STORE);
    reasons.put(Capability.DEFER, TAKES_A_STORE);
    reasons.put(Capability.SCHEDULED_VISIBLE, TAKES_A_STORE);
    reasons.put(Capability.DEDUPLICATION_KEY, "RabbitMQ cannot replace a message that waits.");
    reasons.put(
        Capability.EXPIRY_ON_TIME,
        "RabbitMQ looks at the head of a queue only, and the runtime at what it receives.");
    reasons.put(
        Capability.EXACT_DELIVERY_COUNT,
        isBefore43()
            ? "Before 4.3 RabbitMQ counts every return of a message, also of one that was only fetched; and all failed deliveries of a process that ends count as one."
            : "Failed deliveries are counted by the process that holds the message; when it ends, all of them count as one.");
    reasons.put(
        Capability.ATOMIC_BATCH,
        "RabbitMQ's transactions are atomic within one queue only; a batch is sent in one go and confirmed message by message.");
    reasons.put(
        Capability.DETAILED_STATISTICS,
        "RabbitMQ tells clients neither what others hold, nor sizes, nor of sessions.");
    reasons.put(
        Capability.CAPACITY,
        "RabbitMQ refuses at once where a sender is to be held back, and some messages too late.");
    reasons.put(
        Capability.AUTO_DELETE_ON_IDLE,
        "RabbitMQ deletes an idle queue with its messages, and takes one without consumers for idle.");
    return reasons;
  }

  @Test
  void aQueueWhoseSessionsCannotBeSwitchedOn() {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(RabbitMqQueueAutoConfiguration.class),
            "queue-runtime.provider=rabbitmq",
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
            List.of(RabbitMqQueueAutoConfiguration.class, Hearing.class),
            "queue-runtime.provider=rabbitmq",
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
