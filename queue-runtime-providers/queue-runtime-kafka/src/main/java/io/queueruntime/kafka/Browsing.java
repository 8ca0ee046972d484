package io.queueruntime.kafka;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.front.Front;
import io.queueruntime.provider.front.Holding;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Looks at messages without taking them: reads the partitions as they stand, from where their group
 * has finished them, on a consumer that is in no group. Thread-safe; blocks.
 */
final class Browsing implements AutoCloseable {

  /** Most messages that one look goes through. */
  private static final int SCAN_MAX = 20_000;

  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration READ_MAX = Duration.ofSeconds(30);
  private static final Duration CLOSE_MAX = Duration.ofSeconds(5);

  private final ProviderParts parts;
  private @Nullable Consumer<byte[], byte[]> reader;
  private boolean closed;

  Browsing(ProviderParts parts) {
    this.parts = parts;
  }

  /** Asks for at least one message. */
  CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      QueueName queue,
      SubQueue subQueue,
      @Nullable SessionId session,
      SequenceNumber from,
      int max) {
    CompletableFuture<List<ReceivedMessage<byte[]>>> seen = new CompletableFuture<>();
    parts
        .callbacks()
        .execute(
            () -> {
              try {
                seen.complete(
                    look(queue, subQueue).values().stream()
                        .filter(message -> message.sequenceNumber().compareTo(from) >= 0)
                        .filter(
                            message ->
                                session == null
                                    || message.sessionId().filter(session::equals).isPresent())
                        .limit(max)
                        .toList());
              } catch (RuntimeException e) {
                seen.completeExceptionally(
                    Failures.of(queue.value(), "look into queue '%s'".formatted(queue), e));
              }
            });
    return seen;
  }

  private Map<SequenceNumber, ReceivedMessage<byte[]>> look(QueueName queue, SubQueue subQueue) {
    boolean dead = subQueue == SubQueue.DEAD_LETTER;
    Definition found = parts.definitions().of(queue);
    String topic = dead ? found.deadLetters() : found.topic();
    Map<SequenceNumber, Integer> counts = new HashMap<>();
    Front front = parts.fronts().find(queue, subQueue);
    if (front != null) {
      front.sync();
      for (Holding holding : front.held()) {
        counts.put(holding.message().sequenceNumber(), holding.deliveries());
      }
    }
    Instant now = parts.time().now();
    Map<SequenceNumber, ReceivedMessage<byte[]>> seen = new TreeMap<>();
    for (ConsumerRecord<byte[], byte[]> record : unfinished(queue, topic)) {
      Incoming message = new Incoming(queue, found.options().sessions(), dead, record);
      Instant expires = message.expires();
      SequenceNumber number = message.sequenceNumber();
      if (expires == null || expires.isAfter(now) || counts.containsKey(number)) {
        seen.put(number, message.toMessage().deliveryCount(counts.getOrDefault(number, 0)).build());
      }
    }
    return seen;
  }

  /** The records of a topic that its group has not finished, of each partition in their order. */
  private synchronized List<ConsumerRecord<byte[], byte[]>> unfinished(
      QueueName queue, String topic) {
    parts.open(queue);
    Consumer<byte[], byte[]> consumer = reader();
    List<TopicPartition> partitions = partitions(topic);
    Map<TopicPartition, OffsetAndMetadata> committed = parts.committed(queue, parts.group(topic));
    consumer.assign(partitions);
    Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    Map<TopicPartition, Progress> progress = new HashMap<>();
    for (TopicPartition partition : partitions) {
      OffsetAndMetadata at = committed.get(partition);
      long begin = begins.getOrDefault(partition, 0L);
      progress.put(
          partition,
          at == null ? new Progress(begin, "") : new Progress(at.offset(), at.metadata()));
      consumer.seek(partition, at == null ? begin : Math.max(begin, at.offset()));
    }
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    long begun = System.nanoTime();
    while (records.size() < SCAN_MAX
        && System.nanoTime() - begun < READ_MAX.toNanos()
        && partitions.stream()
            .anyMatch(one -> consumer.position(one) < ends.getOrDefault(one, 0L))) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        TopicPartition partition = new TopicPartition(topic, record.partition());
        Progress of = progress.get(partition);
        if (of != null
            && of.read(record.offset())
            && record.offset() < ends.getOrDefault(partition, 0L)) {
          records.add(record);
        }
      }
    }
    consumer.unsubscribe();
    return records;
  }

  private List<TopicPartition> partitions(String topic) {
    int count = parts.definitions().partitions(topic).orElse(0);
    List<TopicPartition> partitions = new ArrayList<>();
    for (int number = 0; number < count; number++) {
      partitions.add(new TopicPartition(topic, number));
    }
    return partitions;
  }

  /** How many messages of a topic its group has not finished. */
  synchronized long count(QueueName queue, String topic) {
    parts.open(queue);
    Consumer<byte[], byte[]> consumer = reader();
    List<TopicPartition> partitions = partitions(topic);
    Map<TopicPartition, OffsetAndMetadata> committed = parts.committed(queue, parts.group(topic));
    Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    long count = 0;
    for (TopicPartition partition : partitions) {
      long begin = begins.getOrDefault(partition, 0L);
      OffsetAndMetadata at = committed.get(partition);
      long from = at == null ? begin : Math.max(begin, at.offset());
      int beyond = at == null ? 0 : new Progress(at.offset(), at.metadata()).finishedBeyond();
      count += Math.max(0, ends.getOrDefault(partition, 0L) - from - beyond);
    }
    return count;
  }

  private Consumer<byte[], byte[]> reader() {
    if (closed) {
      throw parts.closed(QueueName.of("any"));
    }
    Consumer<byte[], byte[]> known = reader;
    if (known == null) {
      known = parts.clients().reader("browse");
      reader = known;
    }
    return known;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (reader != null) {
      reader.close(CloseOptions.timeout(CLOSE_MAX));
    }
  }
}
