package io.queueruntime.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What others write to Kafka and read from it, with none of our headers. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ForeignTopicTests {

  private static final Duration LONG = Duration.ofMinutes(1);

  private static final List<String> SESSIONS =
      IntStream.range(0, 10).mapToObj(number -> "customer-" + number).toList();

  private final QueueName queue = QueueName.of("foreign-" + UUID.randomUUID());
  private final KafkaOptions options =
      SharedBroker.options()
          .withPartitions(2)
          .withSessionPartitions(3)
          .withNames("test-" + UUID.randomUUID());
  private final Clients others = new Clients(options);
  private final KafkaQueueProvider provider = new KafkaQueueProvider(options);

  @AfterEach
  void close() {
    provider.admin().delete(queue);
    provider.parts().catalog().all(); // made, if nobody has yet
    provider.parts().catalog().delete();
    provider.close();
    others.close();
  }

  private void createElsewhere() {
    others.ask(
        queue.value(),
        "create it elsewhere",
        admin ->
            admin
                .createTopics(
                    List.of(new NewTopic(queue.value(), Optional.of(2), Optional.empty())))
                .all());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private ReceivedMessage<byte[]> receive(QueueReceiver receiver) {
    return receiver.receive(1, LONG).join().get(0);
  }

  @Test
  void aRawRecordOfATopicOfSomebodyElsesIsReceivedAsItIs() {
    createElsewhere();
    ProducerRecord<byte[], byte[]> sent =
        new ProducerRecord<>(queue.value(), bytes("a key"), bytes("{}"));
    sent.headers().add("content-type", bytes("application/json")).add("theirs", bytes("text"));
    others.send(sent).join();

    try (QueueReceiver receiver = provider.receiver(queue, SubQueue.MAIN)) {
      ReceivedMessage<byte[]> message = receive(receiver);

      assertThat(message.body()).isEqualTo(bytes("{}"));
      assertThat(message.contentType()).contains("application/json");
      assertThat(message.headers()).containsEntry("theirs", "text");
      assertThat(message.sessionId()).isEmpty();
      assertThat(message.deliveryCount()).isEqualTo(1);
      receiver.settle(message, Settlement.complete()).join();
    }
    assertThat(provider.admin().statistics(queue).pending()).isZero();
  }

  @Test
  void aTopicOfSomebodyElsesIsGivenAPlaceForItsDeadLetters() {
    createElsewhere();
    others.send(new ProducerRecord<>(queue.value(), null, bytes("broken"))).join();

    try (QueueReceiver receiver = provider.receiver(queue, SubQueue.MAIN)) {
      receiver.settle(receive(receiver), Settlement.deadLetter("Broken", "as it was")).join();
    }

    ReceivedMessage<byte[]> dead =
        provider.deadLetters(queue).peek(SequenceNumber.of(1), 10).join().get(0);
    assertThat(dead.body()).isEqualTo(bytes("broken"));
    assertThat(dead.deadLetter().orElseThrow().reason()).isEqualTo("Broken");
    assertThat(
            provider
                .deadLetters(queue)
                .replay(List.of(dead.sequenceNumber()), MessageEdits.NONE)
                .join())
        .isEqualTo(1);
  }

  @Test
  void aTopicOfSomebodyElsesHasNoSessions() {
    createElsewhere();

    assertThatThrownBy(
            () ->
                provider
                    .admin()
                    .create(
                        queue,
                        QueueOptions.DEFAULTS
                            .withSessions(true)
                            .withDuplicateDetectionWindow(null)))
        .isInstanceOf(ConfigurationInvalid.class)
        .hasMessageContaining(queue.value());
  }

  @Test
  void othersReadTheBytesAndTheSessionIsTheKey() {
    provider
        .admin()
        .create(queue, QueueOptions.DEFAULTS.withSessions(true).withDuplicateDetectionWindow(null));
    byte[] body = {0, -1, 42};

    provider.sender(queue).send(message("customer-42", body)).join();
    others.send(new ProducerRecord<>(queue.value(), bytes("customer-42"), bytes("y"))).join();

    List<ConsumerRecord<byte[], byte[]>> read = records(2);
    assertThat(read.get(0).value()).isEqualTo(body);
    assertThat(read.get(0).key()).isEqualTo(bytes("customer-42"));
    assertThat(read.get(0).partition()).isEqualTo(read.get(1).partition());
  }

  @Test
  void aSessionStaysInItsPartitionAlsoOnceThereAreMore() {
    provider
        .admin()
        .create(queue, QueueOptions.DEFAULTS.withSessions(true).withDuplicateDetectionWindow(null));
    for (String session : SESSIONS) {
      provider.sender(queue).send(message(session, bytes(session))).join();
    }
    others.ask(
        queue.value(),
        "add partitions",
        admin -> admin.createPartitions(Map.of(queue.value(), NewPartitions.increaseTo(16))).all());
    try (KafkaQueueProvider later = new KafkaQueueProvider(options)) { // which knows of them
      for (String session : SESSIONS) {
        later.sender(queue).send(message(session, bytes(session))).join();
      }
    }

    Map<String, Set<Integer>> places = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : records(2 * SESSIONS.size())) {
      places
          .computeIfAbsent(new String(record.key(), StandardCharsets.UTF_8), key -> new HashSet<>())
          .add(record.partition());
    }
    assertThat(places)
        .hasSize(SESSIONS.size())
        .allSatisfy((key, found) -> assertThat(found).hasSize(1));
  }

  @Test
  void aMessageWithoutASessionHasNoKey() {
    provider.admin().create(queue, QueueOptions.DEFAULTS.withDuplicateDetectionWindow(null));

    provider.sender(queue).send(OutgoingMessage.of(bytes("x")).build()).join();

    assertThat(records(1).get(0).key()).isNull();
  }

  private static OutgoingMessage message(String session, byte[] body) {
    return OutgoingMessage.of(body).sessionId(SessionId.of(session)).build();
  }

  /** So many records of all partitions. */
  private List<ConsumerRecord<byte[], byte[]>> records(int count) {
    try (Consumer<byte[], byte[]> consumer = others.reader("test")) {
      List<TopicPartition> all =
          consumer.partitionsFor(queue.value()).stream()
              .map(one -> new TopicPartition(one.topic(), one.partition()))
              .toList();
      consumer.assign(all);
      consumer.seekToBeginning(all);
      List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
      while (records.size() < count) {
        consumer.poll(LONG).forEach(records::add);
      }
      assertThat(records).hasSize(count);
      return records;
    }
  }

  @Test
  void aBrokerThatIsNotThereIsNamedWithinBounds() {
    KafkaOptions nowhere = KafkaOptions.of(Map.of("bootstrap.servers", "127.0.0.1:1"));
    try (KafkaQueueProvider lost = new KafkaQueueProvider(nowhere)) {
      assertThatThrownBy(lost::capabilities)
          .isInstanceOf(ConnectionFailed.class)
          .hasMessageContaining("127.0.0.1:1");
    }
  }

  @Test
  void aHostThatNobodyKnowsIsAMistakeInTheSettings() {
    KafkaOptions nowhere = KafkaOptions.of(Map.of("bootstrap.servers", "nobody.invalid:9092"));
    try (KafkaQueueProvider lost = new KafkaQueueProvider(nowhere)) {
      assertThatThrownBy(lost::capabilities)
          .isInstanceOf(ConfigurationInvalid.class)
          .hasMessageContaining("nobody.invalid");
    }
  }
}
