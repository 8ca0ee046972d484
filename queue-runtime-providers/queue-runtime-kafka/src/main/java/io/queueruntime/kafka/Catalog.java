package io.queueruntime.kafka;

import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.jspecify.annotations.Nullable;

/**
 * What the queues were created with, which Kafka has no place for: a compacted topic of the
 * provider's own with one partition, where the last record of a queue's name counts. It is read on
 * from where it was read last, each time it is asked for. Thread-safe; blocks.
 */
final class Catalog implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration READ_MAX = Duration.ofSeconds(60);
  private static final Duration CLOSE_MAX = Duration.ofSeconds(5);

  private final Clients clients;
  private final TopicPartition partition;
  private final TreeMap<String, Definition> noted = new TreeMap<>();
  private @Nullable Consumer<byte[], byte[]> reader;
  private boolean closed;

  Catalog(Clients clients, String names) {
    this.clients = clients;
    this.partition = new TopicPartition(names + ".catalog", 0);
  }

  /** All queues by their names. */
  synchronized Map<String, Definition> all() {
    Consumer<byte[], byte[]> consumer = reader();
    long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
    long begun = System.nanoTime();
    while (consumer.position(partition) < end) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        String name = new String(record.key(), StandardCharsets.UTF_8);
        if (record.value() == null) {
          noted.remove(name);
        } else {
          noted.put(name, Definition.ofBytes(name, record.value()));
        }
      }
      if (System.nanoTime() - begun > READ_MAX.toNanos()) {
        throw new OperationTimedOut(
            null,
            "Cannot read the catalog of queues, topic '%s', within %s; it is tried again."
                .formatted(partition.topic(), READ_MAX),
            null);
      }
    }
    return new HashMap<>(noted);
  }

  private Consumer<byte[], byte[]> reader() {
    if (closed) {
      throw new Closed(null, "The Kafka client was closed; no later call will succeed.");
    }
    Consumer<byte[], byte[]> known = reader;
    if (known == null) {
      createTopic();
      known = clients.reader("catalog");
      known.assign(List.of(partition));
      known.seekToBeginning(List.of(partition));
      reader = known;
    }
    return known;
  }

  private void createTopic() {
    NewTopic topic =
        new NewTopic(partition.topic(), Optional.of(1), Optional.empty())
            .configs(Map.of("cleanup.policy", "compact"));
    create(
        clients,
        null,
        "create the catalog of queues, topic '%s'".formatted(partition.topic()),
        topic);
  }

  /** Makes a topic; nothing when it is there already. */
  static void create(Clients clients, @Nullable String queue, String doing, NewTopic topic) {
    clients.ask(
        queue,
        doing,
        admin -> admin.createTopics(List.of(topic)).all(),
        TopicExistsException.class);
  }

  /** Notes a queue, in place of what was noted of it before. */
  void put(Definition definition) {
    write(definition.name().value(), definition.toBytes());
  }

  /** Forgets a queue. */
  void remove(String name) {
    write(name, null);
  }

  private void write(String name, byte @Nullable [] value) {
    synchronized (this) {
      reader(); // makes the topic
    }
    try {
      clients.send(new ProducerRecord<>(partition.topic(), 0, Wire.bytes(name), value)).join();
    } catch (CompletionException e) {
      throw Failures.of(name, "note queue '%s'".formatted(name), e);
    }
  }

  /** Takes the catalog itself away, for tests. */
  void delete() {
    List<String> topics = new ArrayList<>(List.of(partition.topic()));
    clients.ask(null, "delete the catalog", admin -> admin.deleteTopics(topics).all());
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (reader != null) {
      reader.close(CloseOptions.timeout(CLOSE_MAX));
    }
  }
}
