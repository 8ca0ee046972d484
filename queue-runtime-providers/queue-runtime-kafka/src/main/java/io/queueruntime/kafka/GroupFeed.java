package io.queueruntime.kafka;

import io.queueruntime.QueueRuntimeException.ProviderFailed;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.front.Feed;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The partitions of one topic that a group gives to this process, through one membership after the
 * other. Thread-safe.
 */
final class GroupFeed implements Feed {

  private static final Duration WARM_MAX = Duration.ofSeconds(10);
  private static final Duration TAKE_OVER_MAX = Duration.ofSeconds(30);
  private static final int FETCHED = 100;

  private final String topic;
  private final Definition of;
  private final boolean deadLetters;
  private final ProviderParts parts;
  private final Sink sink;
  private @Nullable Membership member;

  GroupFeed(String topic, Definition of, boolean deadLetters, ProviderParts parts, Sink sink) {
    this.topic = topic;
    this.of = of;
    this.deadLetters = deadLetters;
    this.parts = parts;
    this.sink = sink;
  }

  Definition of() {
    return of;
  }

  /** A record of its topic as a message. */
  Incoming incoming(ConsumerRecord<byte[], byte[]> record) {
    return new Incoming(of.name(), of.options().sessions(), deadLetters, record);
  }

  /** Up to where its group has finished each partition, and what it noted beside it. */
  Map<TopicPartition, OffsetAndMetadata> committed() {
    return parts.committed(of.name(), parts.group(topic));
  }

  @Override
  public String queue() {
    return topic;
  }

  @Override
  public boolean returnsOne() {
    return false;
  }

  @Override
  public Duration warmMax() {
    return WARM_MAX;
  }

  private synchronized @Nullable Membership member() {
    return member;
  }

  @Override
  public boolean isWarming() {
    Membership now = member();
    return now != null && now.isBehind();
  }

  @Override
  public void warm() {
    Membership now = member();
    if (now != null) {
      now.stopWaiting();
    }
  }

  @Override
  public boolean isRunning() {
    return member() != null;
  }

  @Override
  public void want(int wanted) {
    Membership now = member();
    if (now != null) {
      now.want(wanted);
      return;
    }
    if (!parts.definitions().isThere(of, topic)) {
      throw new QueueNotFound(
          of.name().value(),
          "Cannot receive from queue '%s': Kafka has no topic '%s'; create it first."
              .formatted(of.name(), topic));
    }
    if (!of.known() && !deadLetters) {
      parts.topics().createDeadLetters(of); // so that there is a place for what cannot be handled
    }
    synchronized (this) {
      now = member;
      if (now == null) {
        begin(wanted);
        return;
      }
    }
    now.want(wanted); // somebody else was faster
  }

  private void begin(int wanted) {
    Membership begun =
        new Membership(
            this, sink, parts, parts.clients().member(parts.group(topic), FETCHED), wanted);
    member = begun;
    Thread thread = new Thread(begun, "queue-runtime-kafka-" + topic);
    thread.setDaemon(true);
    thread.start();
  }

  /** A membership is over, whatever ended it. */
  synchronized void ended(Membership last) {
    if (member == last) {
      member = null;
    }
  }

  /** Leaves the group: a member that only stops reading would keep its partitions. */
  @Override
  public void rest() {
    close();
  }

  @Override
  public void sync() {
    Membership now = member();
    if (now != null) {
      now.sync();
    }
  }

  /**
   * Returns once all that is there now has been read, as far as there is credit for it.
   *
   * @throws ProviderFailed when other processes have some of the partitions
   */
  void catchUp() {
    int wanted = parts.definitions().partitions(topic).orElse(1);
    Membership now = member();
    if (now == null) {
      return;
    }
    now.caughtUp(wanted, TAKE_OVER_MAX);
    int here = now.partitions();
    if (here < wanted) {
      throw new ProviderFailed(
          of.name().value(),
          "Cannot reach all messages of topic '%s': this process has %d of its %d partitions, and others receive from the rest; do it there, or once they have stopped."
              .formatted(topic, here, wanted),
          true,
          null);
    }
  }

  @Override
  public @Nullable Unit unitOf(SessionId session) {
    int partition = of.partitionOf(session);
    Membership now = member();
    Assignment found = now == null ? null : now.assignment(new TopicPartition(topic, partition));
    return found == null ? null : new Unit(Integer.toString(partition), found);
  }

  /** Leaves the group with all its partitions: a member cannot give back a single one. */
  @Override
  public void giveUp(Object through) {
    Membership now = member();
    if (now != null && now.has(through)) {
      now.leave();
    }
  }

  @Override
  public void close() {
    Membership last;
    synchronized (this) {
      last = member;
      member = null;
    }
    if (last != null) {
      last.end();
    }
  }
}
