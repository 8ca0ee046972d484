package io.queueruntime.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is completed leaves its topic, and nothing else does. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class TrimmingTests {

  private static final Duration LONG = Duration.ofMinutes(1);

  private final QueueName queue = QueueName.of("trimmed-" + UUID.randomUUID());
  private final KafkaOptions options =
      SharedBroker.options().withPartitions(1).withNames("test-" + UUID.randomUUID());
  private final Clients others = new Clients(options);

  @AfterEach
  void close() {
    others.close();
  }

  private long begin() {
    TopicPartition partition = new TopicPartition(queue.value(), 0);
    try (Consumer<byte[], byte[]> consumer = others.reader("test")) {
      return consumer.beginningOffsets(List.of(partition)).get(partition);
    }
  }

  /** Sends three messages and completes two of them. */
  private void work(KafkaOptions with) {
    try (KafkaQueueProvider provider = new KafkaQueueProvider(with)) {
      provider.admin().create(queue, QueueOptions.DEFAULTS.withDuplicateDetectionWindow(null));
      for (String text : List.of("a", "b", "c")) {
        provider
            .sender(queue)
            .send(OutgoingMessage.of(text.getBytes(StandardCharsets.UTF_8)).build())
            .join();
      }
      try (QueueReceiver receiver = provider.receiver(queue, SubQueue.MAIN)) {
        for (ReceivedMessage<byte[]> message : receive(receiver, 2)) {
          receiver.settle(message, Settlement.complete()).join();
        }
      }
    }
  }

  private static List<ReceivedMessage<byte[]>> receive(QueueReceiver receiver, int count) {
    List<ReceivedMessage<byte[]>> received = new ArrayList<>();
    while (received.size() < count) {
      received.addAll(receiver.receive(count - received.size(), LONG).join());
    }
    return received;
  }

  @Test
  void whatIsCompletedLeavesTheTopicAndTheRestStays() {
    work(options);

    while (begin() < 2) {
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos()); // the broker does not say when
    }
    assertThat(begin()).isEqualTo(2);
    try (KafkaQueueProvider next = new KafkaQueueProvider(options);
        QueueReceiver receiver = next.receiver(queue, SubQueue.MAIN)) {
      assertThat(receive(receiver, 1).get(0).body()).asString().isEqualTo("c");
    }
  }

  @Test
  void allOfItStaysWhereThatIsWanted() {
    work(options.withKeepFinished(true));

    assertThat(begin()).isZero();
  }

  @Test
  void aTopicOfSomebodyElsesIsLeftAlone() {
    others.ask(
        queue.value(),
        "create it elsewhere",
        admin ->
            admin
                .createTopics(
                    List.of(new NewTopic(queue.value(), Optional.of(1), Optional.empty())))
                .all());

    work(options);

    assertThat(begin()).isZero();
  }
}
