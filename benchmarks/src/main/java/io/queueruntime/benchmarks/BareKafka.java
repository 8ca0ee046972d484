package io.queueruntime.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Kafka's own client: a producer that waits for each message, and consumers that each commit what a
 * poll brought once all of it was handled. Immutable.
 */
record BareKafka(String servers) implements BrokerClient {

  @Override
  public String name() {
    return "Kafka's client";
  }

  private static KafkaProducer<byte[], byte[]> producer(String servers) {
    return new KafkaProducer<>(
        Map.of(
            "bootstrap.servers", servers, "acks", "all", "compression.type", "lz4", "linger.ms", 0),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  @Override
  public Work open(String queue, int consumers, Consumer<byte[]> handler) {
    ExecutorService threads = Executors.newCachedThreadPool();
    AtomicBoolean over = new AtomicBoolean();
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < consumers; i++) {
      running.add(threads.submit(() -> consume(queue, handler, over)));
    }
    return new Connected(producer(servers), queue, threads, over, running);
  }

  private void consume(String queue, Consumer<byte[]> handler, AtomicBoolean over) {
    Map<String, Object> properties =
        Map.of(
            "bootstrap.servers",
            servers,
            "group.id",
            "bare-" + queue,
            "group.protocol",
            "consumer",
            "auto.offset.reset",
            "earliest",
            "enable.auto.commit",
            false);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(queue));
      while (!over.get()) {
        ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(100));
        for (ConsumerRecord<byte[], byte[]> record : records) {
          handler.accept(record.value());
        }
        if (!records.isEmpty()) {
          commit(consumer);
        }
      }
    }
  }

  private static void commit(KafkaConsumer<byte[], byte[]> consumer) {
    try {
      consumer.commitSync();
    } catch (CommitFailedException e) {
      // The group is being divided anew: what was handled comes again, as Spring leaves it, too.
    }
  }

  /** Puts messages into a topic, a hundred of them unanswered at a time. */
  static void stockUp(String servers, String queue, byte[] body, int messages) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer = producer(servers)) {
      List<Future<?>> sent = new ArrayList<>();
      for (int i = 1; i <= messages; i++) {
        sent.add(producer.send(new ProducerRecord<>(queue, body)));
        if (i % 100 == 0 || i == messages) {
          for (Future<?> one : sent) {
            one.get();
          }
          sent.clear();
        }
      }
    }
  }

  private record Connected(
      KafkaProducer<byte[], byte[]> producer,
      String queue,
      ExecutorService threads,
      AtomicBoolean over,
      List<Future<?>> consuming)
      implements Work {

    @Override
    public Send sender() {
      return body -> producer.send(new ProducerRecord<>(queue, body)).get(30, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws Exception {
      over.set(true);
      for (Future<?> one : consuming) {
        one.get(30, TimeUnit.SECONDS);
      }
      threads.shutdown();
      producer.close();
    }
  }
}
