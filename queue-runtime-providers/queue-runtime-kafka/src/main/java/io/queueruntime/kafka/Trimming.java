package io.queueruntime.kafka;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes from the topics that were created here what their groups have finished: at Kafka it would
 * stay for ever, and come again once the broker has forgotten a group that nobody was in for some
 * days. Topics of somebody else's are left alone. Thread-safe; waits for nothing.
 */
final class Trimming {

  private static final Logger log = LoggerFactory.getLogger(Trimming.class);

  /** Messages of a partition that are finished before they are deleted while it is received. */
  private static final long EVERY = 1_000;

  private final Clients clients;
  private final boolean wanted;
  private final Map<TopicPartition, Long> trimmed = new ConcurrentHashMap<>();
  private final AtomicBoolean told = new AtomicBoolean();

  Trimming(Clients clients, boolean wanted) {
    this.clients = clients;
    this.wanted = wanted;
  }

  /**
   * A queue's group has committed.
   *
   * @param leaving whether all that is finished is to be deleted, however little
   */
  void committed(
      Definition queue, Map<TopicPartition, OffsetAndMetadata> offsets, boolean leaving) {
    if (!wanted || !queue.known()) {
      return;
    }
    Map<TopicPartition, Long> before = new HashMap<>();
    offsets.forEach(
        (partition, committed) -> {
          long already = trimmed.getOrDefault(partition, 0L);
          if (committed.offset() - already >= (leaving ? 1 : EVERY)) {
            before.put(partition, committed.offset());
          }
        });
    if (!before.isEmpty() && !clients.isClosed()) {
      trimmed.putAll(before);
      clients
          .deleteBefore(before)
          .whenComplete(
              (done, failure) -> {
                if (failure != null) {
                  failed(queue, failure);
                }
              });
    }
  }

  private void failed(Definition queue, Throwable failure) {
    boolean gone = failure instanceof UnknownTopicOrPartitionException;
    if (!gone && told.compareAndSet(false, true)) {
      log.warn(
          "What queue '{}' has finished cannot be deleted from its topic, which grows: {}. Give the user the right to delete records, or set queue-runtime.kafka.keep-finished: true.",
          queue.name(),
          failure.toString());
    }
  }
}
