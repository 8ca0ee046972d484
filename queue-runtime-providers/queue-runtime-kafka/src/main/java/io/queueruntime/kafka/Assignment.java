package io.queueruntime.kafka;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;

/**
 * A partition for as long as this process has it, which may be several times: each time is an
 * object of its own, so that what came through an earlier one is not mistaken. Confined to its
 * feed's lock.
 */
final class Assignment {

  private final TopicPartition partition;
  private final Progress progress;

  /** Who waits for the next commit. */
  List<CompletableFuture<Boolean>> settled = new ArrayList<>();

  /** Up to where messages were there when somebody asked; -1: that is to be found out. */
  long target = -1;

  /** Up to where the front has what there is. */
  long reached;

  boolean dirty;
  boolean ended;

  Assignment(TopicPartition partition, Progress progress) {
    this.partition = partition;
    this.progress = progress;
  }

  TopicPartition partition() {
    return partition;
  }

  Progress progress() {
    return progress;
  }
}
