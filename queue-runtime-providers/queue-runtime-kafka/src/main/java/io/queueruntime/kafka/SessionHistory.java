package io.queueruntime.kafka;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import io.queueruntime.QueueRuntimeException.ProviderFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Everything that a session of a queue was ever sent, from the beginning, whether it was completed
 * or not: for applications that build their state from its events.
 *
 * <p>Takes part in no group and changes nothing. Thread-safe; blocks.
 */
final class SessionHistory {

  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration CLOSE_MAX = Duration.ofSeconds(5);

  private final ProviderParts parts;
  private final Duration patience;

  /**
   * Reads nothing yet.
   *
   * @param patience how long it waits for one more message that is there
   */
  SessionHistory(ProviderParts parts, Duration patience) {
    this.parts = parts;
    this.patience = patience;
  }

  /** See {@link KafkaQueueProvider#replay}. */
  long replay(QueueName queue, SessionId session, Consumer<ReceivedMessage<byte[]>> each) {
    parts.open(queue);
    String doing = "read the history of session '%s' of queue '%s'".formatted(session, queue);
    Definition found = parts.definitions().of(queue);
    List<TopicPartition> partitions = partitions(found, session);
    try (Reading reading = new Reading(found, partitions, doing)) {
      return reading.all(session, each);
    }
  }

  /** Where the session is; of a foreign topic nobody knows how its keys were spread. */
  private List<TopicPartition> partitions(Definition queue, SessionId session) {
    if (queue.known()) {
      return List.of(new TopicPartition(queue.topic(), queue.partitionOf(session)));
    }
    int count = parts.definitions().partitions(queue.topic()).orElse(0);
    return IntStream.range(0, count)
        .mapToObj(number -> new TopicPartition(queue.topic(), number))
        .toList();
  }

  /** One way from the beginning to what was the end when it began. Confined to its thread. */
  private final class Reading implements AutoCloseable {
    private final Definition queue;
    private final List<TopicPartition> partitions;
    private final String doing;
    private final org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> reader;

    Reading(Definition queue, List<TopicPartition> partitions, String doing) {
      this.queue = queue;
      this.partitions = partitions;
      this.doing = doing;
      this.reader = parts.clients().reader("history");
    }

    long all(SessionId session, Consumer<ReceivedMessage<byte[]>> each) {
      Map<TopicPartition, Long> ends = begin();
      byte[] key = Wire.bytes(session.value());
      long count = 0;
      long last = System.nanoTime();
      while (isBefore(ends)) {
        boolean some = false;
        for (ConsumerRecord<byte[], byte[]> record : poll()) {
          some = true;
          if (Arrays.equals(record.key(), key)
              && record.offset() < ends.getOrDefault(partitionOf(record), 0L)) {
            each.accept(message(record));
            count++;
          }
        }
        if (some) {
          last = System.nanoTime();
        } else if (System.nanoTime() - last > patience.toNanos()) {
          throw new OperationTimedOut(
              queue.name().value(),
              "Cannot %s: Kafka sent none of the messages that are left within %s, after %d of the session."
                  .formatted(doing, patience, count),
              null);
        }
      }
      return count;
    }

    /** Where the partitions end, once it is at their beginnings. */
    private Map<TopicPartition, Long> begin() {
      try {
        reader.assign(partitions);
        reader
            .beginningOffsets(partitions)
            .forEach(
                (partition, first) -> {
                  if (first > 0) {
                    throw notWhole(partition, first);
                  }
                });
        reader.seekToBeginning(partitions);
        return reader.endOffsets(partitions);
      } catch (RuntimeException e) {
        throw failure(e);
      }
    }

    private ProviderFailed notWhole(TopicPartition partition, long first) {
      return new ProviderFailed(
          queue.name().value(),
          "Cannot %s: partition %s begins at its message %d, what was before is deleted. Set queue-runtime.kafka.keep-finished: true before the queue is first received from, and no retention by age or size."
              .formatted(doing, partition, first),
          false,
          null);
    }

    private boolean isBefore(Map<TopicPartition, Long> ends) {
      try {
        return partitions.stream()
            .anyMatch(partition -> reader.position(partition) < ends.getOrDefault(partition, 0L));
      } catch (RuntimeException e) {
        throw failure(e);
      }
    }

    private Iterable<ConsumerRecord<byte[], byte[]>> poll() {
      parts.open(queue.name());
      try {
        return reader.poll(POLL);
      } catch (RuntimeException e) {
        throw failure(e);
      }
    }

    private static TopicPartition partitionOf(ConsumerRecord<byte[], byte[]> record) {
      return new TopicPartition(record.topic(), record.partition());
    }

    private ReceivedMessage<byte[]> message(ConsumerRecord<byte[], byte[]> record) {
      return new Incoming(queue.name(), true, false, record).toMessage().build();
    }

    private QueueRuntimeException failure(RuntimeException e) {
      return Failures.of(queue.name().value(), doing, e);
    }

    @Override
    public void close() {
      reader.close(CloseOptions.timeout(CLOSE_MAX));
    }
  }
}
