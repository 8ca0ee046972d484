package io.queueruntime.kafka;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The partitions that one member of a group has, and how far it is with each. Thread-safe. */
final class Assignments {

  private final Map<TopicPartition, Assignment> assigned = new LinkedHashMap<>();
  private boolean joined;

  /**
   * What is to be committed, and who waits for that. Confined to its member's thread.
   *
   * @param offsets empty: nothing
   */
  record Commit(
      Map<TopicPartition, OffsetAndMetadata> offsets, List<CompletableFuture<Boolean>> waiting) {

    void complete(boolean done) {
      waiting.forEach(one -> one.complete(done));
    }
  }

  /** Partitions that the group has just given to it, and where it committed them last. */
  synchronized void assign(
      Collection<TopicPartition> partitions, Map<TopicPartition, OffsetAndMetadata> committed) {
    for (TopicPartition partition : partitions) {
      OffsetAndMetadata found = committed.get(partition);
      assigned.put(
          partition,
          new Assignment(
              partition,
              found == null
                  ? new Progress(0, "")
                  : new Progress(found.offset(), found.metadata())));
    }
    joined = true;
  }

  /** Partitions that are not its own any more; settlements that were not committed fail. */
  List<Assignment> end(Collection<TopicPartition> partitions) {
    List<Assignment> ended = new ArrayList<>();
    List<CompletableFuture<Boolean>> unsettled = new ArrayList<>();
    synchronized (this) {
      for (TopicPartition partition : partitions) {
        Assignment one = assigned.remove(partition);
        if (one != null) {
          one.ended = true;
          ended.add(one);
          unsettled.addAll(one.settled);
        }
      }
    }
    unsettled.forEach(one -> one.complete(false));
    return ended;
  }

  synchronized List<TopicPartition> partitions() {
    return List.copyOf(assigned.keySet());
  }

  synchronized @Nullable Assignment of(TopicPartition partition) {
    return assigned.get(partition);
  }

  synchronized boolean has(Object assignment) {
    return assigned.values().stream().anyMatch(one -> one == assignment);
  }

  // Up to where messages are there

  /** Whether messages that are there may not have been read, of those that there is credit for. */
  synchronized boolean isBehind(int credit) {
    return !joined
        || assigned.values().stream()
            .anyMatch(one -> !isFull(one, credit) && (one.target < 0 || one.reached < one.target));
  }

  /** Whether its thread may wait for messages: it has nothing to find out nor to commit. */
  synchronized boolean isQuiet() {
    return assigned.values().stream().noneMatch(one -> one.dirty || one.target < 0);
  }

  /** Up to where messages are there is to be found out anew. */
  synchronized void aimAnew() {
    assigned.values().forEach(one -> one.target = -1);
  }

  /** Those of which it is to be found out up to where messages are there. */
  synchronized List<TopicPartition> aimless() {
    return assigned.values().stream()
        .filter(one -> one.target < 0)
        .map(Assignment::partition)
        .toList();
  }

  synchronized void aim(Map<TopicPartition, Long> ends) {
    ends.forEach(
        (partition, end) -> {
          Assignment one = assigned.get(partition);
          if (one != null) {
            one.target = end;
          }
        });
  }

  // Reading

  /** Those with as many unsettled messages as are wanted, or those with fewer. */
  synchronized List<TopicPartition> with(boolean full, int credit) {
    return assigned.values().stream()
        .filter(one -> isFull(one, credit) == full)
        .map(Assignment::partition)
        .toList();
  }

  private static boolean isFull(Assignment one, int credit) {
    return one.progress().unfinished() >= credit || one.progress().isWide();
  }

  /** What a record came through; null when it is to be left out. */
  synchronized @Nullable Assignment read(ConsumerRecord<byte[], byte[]> record) {
    Assignment through = assigned.get(new TopicPartition(record.topic(), record.partition()));
    return through == null || !through.progress().read(record.offset()) ? null : through;
  }

  /** All before that offset was read and handed on. */
  synchronized void readUpTo(TopicPartition partition, long offset) {
    Assignment one = assigned.get(partition);
    if (one != null) {
      one.progress().readUpTo(offset);
      one.reached = one.progress().next();
    }
  }

  // Settling

  /** A message is settled: done with the next commit; false when its partition is gone. */
  synchronized CompletableFuture<Boolean> finish(Assignment assignment, long offset) {
    if (assignment.ended) {
      return CompletableFuture.completedFuture(false);
    }
    CompletableFuture<Boolean> settled = new CompletableFuture<>();
    assignment.progress().finish(offset);
    assignment.settled.add(settled);
    assignment.dirty = true;
    return settled;
  }

  /** Up to where each is finished. */
  synchronized Map<TopicPartition, OffsetAndMetadata> finished() {
    Map<TopicPartition, OffsetAndMetadata> finished = new HashMap<>();
    for (Assignment one : assigned.values()) {
      if (!one.dirty) {
        finished.put(one.partition(), new OffsetAndMetadata(one.progress().committable()));
      }
    }
    return finished;
  }

  /** What was settled since it was asked last. */
  synchronized Commit toCommit() {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    List<CompletableFuture<Boolean>> waiting = new ArrayList<>();
    for (Assignment one : assigned.values()) {
      if (one.dirty) {
        Progress progress = one.progress();
        offsets.put(
            one.partition(), new OffsetAndMetadata(progress.committable(), progress.text()));
        waiting.addAll(one.settled);
        one.settled = new ArrayList<>();
        one.dirty = false;
      }
    }
    return new Commit(offsets, waiting);
  }
}
