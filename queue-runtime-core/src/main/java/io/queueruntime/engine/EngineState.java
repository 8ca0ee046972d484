package io.queueruntime.engine;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All that survives of all queues of one engine; only {@link #apply} changes it, so that what is
 * rebuilt after a restart cannot differ from what was there before.
 *
 * <p>Confined to the engine thread.
 */
final class EngineState {

  private final Map<String, QueueState> byName = new HashMap<>();
  private final Map<Integer, QueueState> byId = new HashMap<>();
  private final RecordUse records;
  private int nextQueueId = 1;

  /** Deleted queues, some of whose messages still have to be let go of. */
  private final ArrayDeque<QueueState> deleted = new ArrayDeque<>();

  EngineState(RecordUse records) {
    this.records = records;
  }

  /** Told which records of the journal are needed. */
  interface RecordUse {
    void retain(long position, int size);

    void release(long position, int size);
  }

  @Nullable QueueState find(QueueName name) {
    return byName.get(name.value());
  }

  @Nullable QueueState find(int id) {
    return byId.get(id);
  }

  Collection<QueueState> queues() {
    return byName.values();
  }

  List<QueueName> names() {
    List<QueueName> names = new ArrayList<>();
    byName.values().forEach(queue -> names.add(queue.name));
    names.sort(null);
    return names;
  }

  int nextQueueId() {
    return nextQueueId;
  }

  /**
   * Makes the event's effect visible.
   *
   * @param position where the event's record stands
   * @param size payload bytes of that record
   * @return the message it put somewhere, if there is one
   */
  @Nullable StoredMessage apply(Event event, long position, int size) {
    if (event instanceof Event.QueueCreated created) {
      restore(created.queueId(), created.name(), created.options(), created.createdAt());
      return null;
    }
    QueueState queue = byId.get(event.queueId());
    if (queue == null) {
      // Deleted later on, before the snapshot that recovery started from came to it.
      return null;
    }
    if (event instanceof Event.QueueDeleted) {
      byId.remove(queue.id);
      byName.remove(queue.name.value());
      queue.delete();
      deleted.add(queue);
      return null;
    }
    return queue.apply(event, position, size);
  }

  /**
   * Lets go of messages of deleted queues, at most so many, and tells of each; returns whether
   * there are more.
   */
  boolean letGoOfDeleted(int most, Consumer<StoredMessage> told) {
    int left = most;
    for (QueueState queue = deleted.peek(); queue != null; queue = deleted.peek()) {
      left -= queue.letGo(left, told);
      if (left <= 0) {
        return true;
      }
      deleted.remove();
    }
    return false;
  }

  boolean isLettingGo() {
    return !deleted.isEmpty();
  }

  /** Takes in a queue that was created, or that a snapshot holds. */
  QueueState restore(int id, QueueName name, QueueOptions options, long createdAt) {
    nextQueueId = Math.max(nextQueueId, id + 1);
    QueueState known = byId.get(id);
    if (known != null) {
      return known;
    }
    QueueState queue = new QueueState(id, name, options, createdAt, records);
    byId.put(id, queue);
    byName.put(name.value(), queue);
    return queue;
  }

  void reserveQueueIds(int next) {
    nextQueueId = Math.max(nextQueueId, next);
  }
}
