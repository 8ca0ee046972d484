package io.queueruntime.kafka;

import io.queueruntime.message.SessionId;
import io.queueruntime.provider.front.Feed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One membership in a topic's group, from joining to leaving: a thread that reads the partitions it
 * is given, and commits what was settled of them, many settlements in one commit. A partition rests
 * while it has as many unsettled messages as are wanted.
 *
 * <p>Thread-safe.
 */
final class Membership implements Runnable, ConsumerRebalanceListener {

  private static final Logger log = LoggerFactory.getLogger(Membership.class);

  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration ASK_MAX = Duration.ofSeconds(1);
  private static final Duration LEAVE_MAX = Duration.ofSeconds(5);
  private static final Duration END_MAX = Duration.ofSeconds(30);

  private final GroupFeed feed;
  private final Feed.Sink sink;
  private final ProviderParts parts;
  private final Consumer<byte[], byte[]> consumer;
  private final Assignments assignments = new Assignments();
  private final CompletableFuture<Void> over = new CompletableFuture<>();
  private volatile int credit;
  private volatile boolean patient = true;
  private volatile boolean stopped;
  private volatile boolean meant;

  // Under this object's lock

  private List<CompletableFuture<Void>> syncs = new ArrayList<>();
  private boolean polling;

  Membership(
      GroupFeed feed,
      Feed.Sink sink,
      ProviderParts parts,
      Consumer<byte[], byte[]> consumer,
      int credit) {
    this.feed = feed;
    this.sink = sink;
    this.parts = parts;
    this.consumer = consumer;
    this.credit = credit;
  }

  // From other threads

  /** Lets so many unsettled messages of a partition be here; never fewer than before. */
  void want(int wanted) {
    synchronized (this) {
      credit = Math.max(credit, wanted);
    }
    wake();
  }

  /** Whether messages may be there that were not read, and are waited for. */
  boolean isBehind() {
    return patient && assignments.isBehind(credit);
  }

  /** What is there and was not read is not waited for any more. */
  void stopWaiting() {
    patient = false;
    tellRead();
  }

  /** A message is settled; false when its partition has gone to another process. */
  CompletableFuture<Boolean> finish(Assignment assignment, long offset) {
    if (stopped) {
      return CompletableFuture.completedFuture(false);
    }
    CompletableFuture<Boolean> settled = assignments.finish(assignment, offset);
    wake();
    return settled;
  }

  private synchronized void wake() {
    if (polling) {
      polling = false;
      consumer.wakeup();
    }
  }

  /** How many partitions it has. */
  int partitions() {
    return assignments.partitions().size();
  }

  /** Returns once all settlements so far are committed. */
  void sync() {
    caughtUp(0, Duration.ZERO);
  }

  /**
   * Returns once all settlements so far are committed, and it has so many partitions and has read
   * what is there of them, as far as there is credit.
   *
   * @param atMost when it returns at the latest
   */
  void caughtUp(int partitions, Duration atMost) {
    boolean toTheEnd = partitions > 0;
    CompletableFuture<Void> seen = new CompletableFuture<>();
    synchronized (this) {
      if (stopped) {
        return;
      }
      if (toTheEnd) {
        assignments.aimAnew();
        patient = true;
      }
      syncs.add(seen);
      wake();
    }
    seen.completeOnTimeout(null, END_MAX.toMillis(), TimeUnit.MILLISECONDS).join();
    if (toTheEnd) {
      awaitRead(partitions, atMost);
    }
  }

  private synchronized void awaitRead(int partitions, Duration atMost) {
    long end = System.nanoTime() + atMost.toNanos();
    try {
      while (!stopped && (isBehind() || partitions() < partitions)) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          return;
        }
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** It has read further, or will not. */
  private synchronized void tellRead() {
    notifyAll();
  }

  /** A partition that it has. */
  @Nullable Assignment assignment(TopicPartition partition) {
    return assignments.of(partition);
  }

  /** Whether that is one of its partitions, still. */
  boolean has(Object through) {
    return assignments.has(through);
  }

  /** Leaves the group as if it had been put out of it, for somebody to join anew. */
  void leave() {
    stopped = true;
    tellRead();
    wake();
  }

  /** Leaves the group, and returns once it has. */
  void end() {
    meant = true;
    leave();
    over.completeOnTimeout(null, END_MAX.toMillis(), TimeUnit.MILLISECONDS).join();
  }

  // On its own thread

  @Override
  public void run() {
    try (consumer) {
      consumer.subscribe(List.of(feed.queue()), this);
      while (!stopped) {
        aim();
        rest();
        List<CompletableFuture<Void>> asked = asked();
        commit();
        asked.forEach(one -> one.complete(null));
        read(poll());
      }
      commit();
      parts.trimming().committed(feed.of(), assignments.finished(), true);
      consumer.close(CloseOptions.timeout(LEAVE_MAX));
    } catch (RuntimeException e) {
      log.warn("Reading topic '{}' of Kafka failed; it is begun again.", feed.queue(), e);
    } finally {
      stopped = true;
      tellRead();
      feed.ended(this);
      lost(assignments.partitions(), meant);
      sink.lost(feed, this, meant, session -> false); // nothing, when it had nothing
      asked().forEach(one -> one.complete(null));
      over.complete(null);
    }
  }

  private synchronized List<CompletableFuture<Void>> asked() {
    List<CompletableFuture<Void>> asked = syncs;
    syncs = new ArrayList<>();
    return asked;
  }

  /** Finds out up to where messages are there. */
  private void aim() {
    List<TopicPartition> aimless = assignments.aimless();
    if (aimless.isEmpty()) {
      return;
    }
    try {
      assignments.aim(consumer.endOffsets(aimless, ASK_MAX));
    } catch (WakeupException | TimeoutException e) {
      // it is tried again in the next round
    }
  }

  private void rest() {
    int wanted = credit;
    consumer.pause(assignments.with(true, wanted));
    consumer.resume(assignments.with(false, wanted));
  }

  private Iterable<ConsumerRecord<byte[], byte[]>> poll() {
    Duration wait;
    synchronized (this) {
      polling = !stopped && syncs.isEmpty() && assignments.isQuiet();
      wait = polling ? POLL : Duration.ZERO;
    }
    try {
      return consumer.poll(wait);
    } catch (WakeupException e) {
      return List.of();
    } finally {
      synchronized (this) {
        polling = false;
      }
    }
  }

  private void read(Iterable<ConsumerRecord<byte[], byte[]>> records) {
    for (ConsumerRecord<byte[], byte[]> record : records) {
      Assignment through = assignments.read(record);
      if (through != null) {
        sink.arrived(feed, new RecordDelivery(this, through, feed.incoming(record), parts));
      }
    }
    for (TopicPartition partition : assignments.partitions()) {
      assignments.readUpTo(partition, positionOf(partition)); // now that the front has them
    }
    tellRead();
    if (!isBehind()) {
      sink.warmed();
    }
  }

  private long positionOf(TopicPartition partition) {
    try {
      return consumer.position(partition, Duration.ZERO);
    } catch (WakeupException | TimeoutException e) {
      return 0; // it is not known yet
    }
  }

  private void commit() {
    Assignments.Commit commit = assignments.toCommit();
    if (commit.offsets().isEmpty()) {
      return;
    }
    boolean done = false;
    try {
      while (!done) {
        try {
          consumer.commitSync(commit.offsets());
          done = true;
        } catch (WakeupException e) {
          // it came too late for the poll it was for
        }
      }
    } finally {
      commit.complete(done);
    }
    parts.trimming().committed(feed.of(), commit.offsets(), false);
  }

  // Of the group, on the same thread, in a poll

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    Map<TopicPartition, OffsetAndMetadata> committed =
        partitions.isEmpty() ? Map.of() : feed.committed();
    assignments.assign(partitions, committed);
    for (TopicPartition partition : partitions) {
      OffsetAndMetadata found = committed.get(partition);
      if (found != null) {
        consumer.seek(partition, found.offset());
      }
    }
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    commit();
    lost(partitions, stopped && meant);
  }

  @Override
  public void onPartitionsLost(Collection<TopicPartition> partitions) {
    lost(partitions, false);
  }

  private void lost(Collection<TopicPartition> partitions, boolean asked) {
    for (Assignment one : assignments.end(partitions)) {
      int number = one.partition().partition();
      sink.lost(feed, one, asked, session -> isIn(session, number));
    }
  }

  private boolean isIn(SessionId session, int number) {
    return feed.of().partitionOf(session) == number;
  }
}
