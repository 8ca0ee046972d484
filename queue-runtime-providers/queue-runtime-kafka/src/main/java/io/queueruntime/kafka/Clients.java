package io.queueruntime.kafka;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeFeaturesOptions;
import org.apache.kafka.clients.admin.FeatureMetadata;
import org.apache.kafka.clients.admin.FinalizedVersionRange;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Kafka's own clients, made with the first use of each. Thread-safe. */
final class Clients implements AutoCloseable {

  private static final Duration ADMIN_MAX = Duration.ofSeconds(60);
  private static final Duration CONNECT_MAX = Duration.ofSeconds(15);
  private static final Duration CLOSE_MAX = Duration.ofSeconds(5);
  private static final int FRAME_BYTES_MAX = 64 * 1024;

  private final KafkaOptions options;
  private @Nullable Admin admin;
  private @Nullable Producer<byte[], byte[]> producer;
  private @Nullable BrokerVersion version;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean closed;

  Clients(KafkaOptions options) {
    this.options = options;
  }

  boolean isClosed() {
    return closed;
  }

  /** Waits for that long, or until they are closed; whether they are. */
  boolean awaitClosed(Duration atMost) throws InterruptedException {
    return ended.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void open() {
    if (closed) {
      throw new Closed(null, "The Kafka client was closed; no later call will succeed.");
    }
  }

  private Map<String, Object> properties(String purpose) {
    Map<String, Object> properties = new HashMap<>(options.client());
    properties.put("client.id", options.clientId() + "/" + purpose);
    return properties;
  }

  private synchronized Admin admin() {
    open();
    Admin known = admin;
    if (known == null) {
      known = Admin.create(properties("admin"));
      admin = known;
    }
    return known;
  }

  private synchronized Producer<byte[], byte[]> producer() {
    open();
    Producer<byte[], byte[]> known = producer;
    if (known == null) {
      Map<String, Object> properties = properties("send");
      properties.put(ProducerConfig.ACKS_CONFIG, "all");
      properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
      properties.putIfAbsent(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
      properties.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, 0);
      int millis = (int) options.sendTimeout().toMillis();
      properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, millis);
      properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, millis);
      properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, millis);
      properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, topicMessageBytes());
      known = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
      producer = known;
    }
    return known;
  }

  /** Largest record of a topic, with what is put beside a message. */
  int topicMessageBytes() {
    return options.maxMessageSize() + FRAME_BYTES_MAX;
  }

  /** Completes once the broker has confirmed it, on one of the client's threads. */
  CompletableFuture<Void> send(ProducerRecord<byte[], byte[]> record) {
    CompletableFuture<Void> sent = new CompletableFuture<>();
    try {
      producer()
          .send(
              record,
              (metadata, failure) -> {
                if (failure == null) {
                  sent.complete(null);
                } else {
                  sent.completeExceptionally(failure);
                }
              });
    } catch (RuntimeException e) {
      sent.completeExceptionally(e);
    }
    return sent;
  }

  /** Deletes the records of partitions before an offset. */
  KafkaFuture<Void> deleteBefore(Map<TopicPartition, Long> offsets) {
    Map<TopicPartition, RecordsToDelete> records = new HashMap<>();
    offsets.forEach(
        (partition, offset) -> records.put(partition, RecordsToDelete.beforeOffset(offset)));
    return admin().deleteRecords(records).all();
  }

  /**
   * A member of a group, which commits by itself alone.
   *
   * @param fetched most records of one poll
   */
  Consumer<byte[], byte[]> member(String group, int fetched) {
    open();
    Map<String, Object> properties = properties(group);
    properties.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    properties.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "consumer");
    properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, fetched);
    return reading(properties);
  }

  /** A consumer that is in no group. */
  Consumer<byte[], byte[]> reader(String purpose) {
    open();
    return reading(properties(purpose));
  }

  private static Consumer<byte[], byte[]> reading(Map<String, Object> properties) {
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    return new KafkaConsumer<>(
        properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** Asks the broker to do something that is done when it fails with that. */
  void ask(
      @Nullable String queue,
      String doing,
      Function<Admin, KafkaFuture<Void>> question,
      Class<? extends Exception> done) {
    try {
      ask(queue, doing, question);
    } catch (QueueRuntimeException e) {
      if (!done.isInstance(e.getCause())) {
        throw e;
      }
    }
  }

  /** Asks the broker for something and waits for the answer. */
  <T extends @Nullable Object> T ask(
      @Nullable String queue, String doing, Function<Admin, KafkaFuture<T>> question) {
    try {
      return question.apply(admin()).get(ADMIN_MAX.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException | RuntimeException e) {
      throw Failures.of(queue, doing, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failures.of(queue, doing, e);
    }
  }

  /** The broker's version; connects when it is not known yet. */
  BrokerVersion version() {
    synchronized (this) {
      if (version != null) {
        return version;
      }
    }
    Map<String, FinalizedVersionRange> features = features().finalizedFeatures();
    FinalizedVersionRange metadata = features.get("metadata.version");
    BrokerVersion found =
        BrokerVersion.ofMetadata(metadata == null ? 0 : metadata.maxVersionLevel());
    if (!found.isAtLeast(4, 0)) {
      throw new ConfigurationInvalid(
          null,
          "Kafka at %s is of version %s; 4.0 or newer is needed."
              .formatted(options.client().get("bootstrap.servers"), found.text()));
    }
    synchronized (this) {
      version = found;
    }
    return found;
  }

  private FeatureMetadata features() {
    String doing = "connect to Kafka at " + options.client().get("bootstrap.servers");
    DescribeFeaturesOptions bounded =
        new DescribeFeaturesOptions().timeoutMs((int) CONNECT_MAX.toMillis());
    try {
      return ask(null, doing, asked -> asked.describeFeatures(bounded).featureMetadata());
    } catch (OperationTimedOut e) {
      throw new ConnectionFailed(
          null, "Cannot %s: nobody answered within %s.".formatted(doing, CONNECT_MAX), e);
    }
  }

  @Override
  public void close() {
    Admin lastAdmin;
    Producer<byte[], byte[]> lastProducer;
    synchronized (this) {
      closed = true;
      lastAdmin = admin;
      lastProducer = producer;
    }
    ended.countDown();
    if (lastProducer != null) {
      lastProducer.close(CLOSE_MAX);
    }
    if (lastAdmin != null) {
      lastAdmin.close(CLOSE_MAX);
    }
  }
}
