package io.queueruntime.kafka;

import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.front.Feed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
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
 * The partitions of one topic that a group has given to this process, read on one thread that also
 * commits: settlements of many messages go in one commit. A partition rests while it has as many
 * unsettled messages as are wanted.
 *
 * <p>Thread-safe.
 */
final class GroupFeed implements Feed {

  private static final Logger log = LoggerFactory.getLogger(GroupFeed.class);

  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration WARM_MAX = Duration.ofSeconds(10);
  private static final Duration ASK_MAX = Duration.ofSeconds(1);
  private static final Duration LEAVE_MAX = Duration.ofSeconds(5);
  private static final Duration END_MAX = Duration.ofSeconds(30);
  private static final int FETCHED = 100;

  private final String topic;
  private final String group;
  private final Definition of;
  private final boolean deadLetters;
  private final ProviderParts parts;
  private final Sink sink;
  private @Nullable Run run;
  private int credit;

  GroupFeed(String topic, Definition of, boolean deadLetters, ProviderParts parts, Sink sink) {
    this.topic = topic;
    this.group = parts.group(topic);
    this.of = of;
    this.deadLetters = deadLetters;
    this.parts = parts;
    this.sink = sink;
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

  @Override
  public synchronized boolean isWarming() {
    return run != null && run.isBehind();
  }

  @Override
  public synchronized void warm() {
    if (run != null) {
      run.patient = false;
    }
  }

  @Override
  public synchronized boolean isRunning() {
    return run != null;
  }

  @Override
  public void want(int wanted) {
    synchronized (this) {
      credit = Math.max(credit, wanted);
      if (run != null) {
        run.wake();
        return;
      }
    }
    if (!parts.definitions().isThere(of, topic)) {
      throw new QueueNotFound(
          of.name().value(),
          "Cannot receive from queue '%s': Kafka has no topic '%s'; create it first."
              .formatted(of.name(), topic));
    }
    synchronized (this) {
      credit = Math.max(credit, wanted);
      if (run != null) { // somebody else was faster
        return;
      }
      Run begun = new Run(parts.clients().member(group, FETCHED));
      run = begun;
      Thread thread = new Thread(begun, "queue-runtime-kafka-" + topic);
      thread.setDaemon(true);
      thread.start();
    }
  }

  /** Leaves the group: a member that only stops reading would keep its partitions. */
  @Override
  public void rest() {
    close();
  }

  @Override
  public void sync() {
    Run now;
    synchronized (this) {
      now = run;
    }
    if (now != null) {
      now.caughtUp(false);
    }
  }

  /** Returns once all that is there now has been read, as far as there is credit for it. */
  void catchUp() {
    Run now;
    synchronized (this) {
      now = run;
    }
    if (now != null) {
      now.caughtUp(true);
    }
  }

  @Override
  public void close() {
    end(true);
  }

  /** Its topic is gone. */
  void gone() {
    end(false);
  }

  private void end(boolean meant) {
    Run last;
    synchronized (this) {
      last = run;
      run = null;
      credit = 0;
    }
    if (last != null) {
      last.end(meant);
    }
  }

  /** A message is settled; false when its partition has gone to another process. */
  CompletableFuture<Boolean> finish(Assignment assignment, long offset) {
    synchronized (this) {
      Run now = run;
      if (assignment.ended || now == null) {
        return CompletableFuture.completedFuture(false);
      }
      CompletableFuture<Boolean> settled = new CompletableFuture<>();
      assignment.progress().finish(offset);
      assignment.settled.add(settled);
      assignment.dirty = true;
      now.wake();
      return settled;
    }
  }

  /** One membership in the group. */
  private final class Run implements Runnable, ConsumerRebalanceListener {
    private final Consumer<byte[], byte[]> consumer;
    private final Map<TopicPartition, Assignment> assigned = new LinkedHashMap<>();
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private List<CompletableFuture<Void>> syncs = new ArrayList<>();
    private boolean retarget;
    private boolean joined;
    private boolean patient = true;
    private boolean polling;
    private volatile boolean stopped;
    private volatile boolean meant;

    Run(Consumer<byte[], byte[]> consumer) {
      this.consumer = consumer;
    }

    // Under the feed's lock

    private boolean isBehind() {
      if (!patient) {
        return false;
      }
      return !joined
          || retarget
          || assigned.values().stream()
              .anyMatch(one -> !isFull(one) && (one.target < 0 || one.reached < one.target));
    }

    private boolean isFull(Assignment one) {
      return one.progress().unfinished() >= credit || one.progress().isWide();
    }

    private void wake() {
      if (polling) {
        polling = false;
        consumer.wakeup();
      }
    }

    // From other threads

    private void caughtUp(boolean toTheEnd) {
      CompletableFuture<Void> seen = new CompletableFuture<>();
      synchronized (GroupFeed.this) {
        if (stopped) {
          return;
        }
        retarget |= toTheEnd;
        patient |= toTheEnd;
        syncs.add(seen);
        wake();
      }
      seen.completeOnTimeout(null, END_MAX.toMillis(), TimeUnit.MILLISECONDS).join();
      long begun = System.nanoTime();
      while (toTheEnd && isWarming() && System.nanoTime() - begun < WARM_MAX.toNanos()) {
        try {
          TimeUnit.MILLISECONDS.sleep(2); // the client says nothing of how far it has read
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    }

    private void end(boolean asked) {
      meant = asked;
      synchronized (GroupFeed.this) {
        stopped = true;
        wake();
      }
      over.completeOnTimeout(null, END_MAX.toMillis(), TimeUnit.MILLISECONDS).join();
    }

    // On its own thread

    @Override
    public void run() {
      try (consumer) {
        consumer.subscribe(List.of(topic), this);
        while (!stopped) {
          target();
          rest();
          List<CompletableFuture<Void>> asked = asked();
          commit();
          asked.forEach(one -> one.complete(null));
          read(poll());
        }
        commit();
        consumer.close(CloseOptions.timeout(LEAVE_MAX));
      } catch (RuntimeException e) {
        log.warn("Reading topic '{}' of Kafka failed; it is begun again.", topic, e);
      } finally {
        synchronized (GroupFeed.this) {
          if (run == this) {
            run = null;
            credit = 0;
          }
        }
        lost(List.copyOf(assigned.keySet()), meant);
        sink.lost(GroupFeed.this, this, meant, session -> false); // nothing, when it had nothing
        asked().forEach(one -> one.complete(null));
        over.complete(null);
      }
    }

    private List<CompletableFuture<Void>> asked() {
      synchronized (GroupFeed.this) {
        List<CompletableFuture<Void>> asked = syncs;
        syncs = new ArrayList<>();
        return asked;
      }
    }

    /** Finds out up to where messages are there. */
    private void target() {
      List<Assignment> open = new ArrayList<>();
      synchronized (GroupFeed.this) {
        assigned.values().stream().filter(one -> retarget || one.target < 0).forEach(open::add);
        retarget = false;
      }
      if (open.isEmpty()) {
        return;
      }
      Map<TopicPartition, Long> ends;
      try {
        ends = consumer.endOffsets(open.stream().map(Assignment::partition).toList(), ASK_MAX);
      } catch (WakeupException | TimeoutException e) { // it is tried again in the next round
        synchronized (GroupFeed.this) {
          open.forEach(one -> one.target = -1);
        }
        return;
      }
      synchronized (GroupFeed.this) {
        open.forEach(one -> one.target = ends.getOrDefault(one.partition(), 0L));
      }
    }

    private void rest() {
      List<TopicPartition> full = new ArrayList<>();
      List<TopicPartition> free = new ArrayList<>();
      synchronized (GroupFeed.this) {
        assigned.values().forEach(one -> (isFull(one) ? full : free).add(one.partition()));
      }
      consumer.pause(full);
      consumer.resume(free);
    }

    private Iterable<ConsumerRecord<byte[], byte[]>> poll() {
      Duration wait;
      synchronized (GroupFeed.this) {
        polling =
            !stopped
                && syncs.isEmpty()
                && assigned.values().stream().noneMatch(one -> one.dirty || one.target < 0);
        wait = polling ? POLL : Duration.ZERO;
      }
      try {
        return consumer.poll(wait);
      } catch (WakeupException e) {
        return List.of();
      } finally {
        synchronized (GroupFeed.this) {
          polling = false;
        }
      }
    }

    private void read(Iterable<ConsumerRecord<byte[], byte[]>> records) {
      for (ConsumerRecord<byte[], byte[]> record : records) {
        Assignment through;
        synchronized (GroupFeed.this) {
          through = assigned.get(new TopicPartition(record.topic(), record.partition()));
          if (through == null || !through.progress().read(record.offset())) {
            continue;
          }
        }
        Incoming message = new Incoming(of.name(), of.options().sessions(), deadLetters, record);
        sink.arrived(GroupFeed.this, new RecordDelivery(GroupFeed.this, through, message, parts));
      }
      List<Assignment> all;
      synchronized (GroupFeed.this) {
        all = List.copyOf(assigned.values());
      }
      for (Assignment one : all) {
        long position = positionOf(one);
        synchronized (GroupFeed.this) {
          one.progress().readUpTo(position);
          one.reached = one.progress().next(); // only now, when the front has what was read
        }
      }
    }

    private long positionOf(Assignment one) {
      try {
        return consumer.position(one.partition(), Duration.ZERO);
      } catch (WakeupException | TimeoutException e) {
        return 0; // it is not known yet
      }
    }

    private void commit() {
      Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
      Map<Assignment, List<CompletableFuture<Boolean>>> waiting = new LinkedHashMap<>();
      synchronized (GroupFeed.this) {
        for (Assignment one : assigned.values()) {
          if (one.dirty) {
            Progress progress = one.progress();
            offsets.put(
                one.partition(), new OffsetAndMetadata(progress.committable(), progress.text()));
            waiting.put(one, one.settled);
            one.settled = new ArrayList<>();
            one.dirty = false;
          }
        }
      }
      if (offsets.isEmpty()) {
        return;
      }
      boolean done = false;
      try {
        while (!done) {
          try {
            consumer.commitSync(offsets);
            done = true;
          } catch (WakeupException e) {
            // it came too late for the poll it was for
          }
        }
      } finally {
        boolean committed = done;
        waiting.values().forEach(all -> all.forEach(one -> one.complete(committed)));
      }
    }

    // Of the group, on the same thread, in a poll

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      Map<TopicPartition, OffsetAndMetadata> committed =
          partitions.isEmpty() ? Map.of() : parts.committed(of.name(), group);
      synchronized (GroupFeed.this) {
        for (TopicPartition partition : partitions) {
          OffsetAndMetadata found = committed.get(partition);
          assigned.put(
              partition,
              new Assignment(
                  partition,
                  new Progress(
                      found == null ? 0 : found.offset(), found == null ? "" : found.metadata())));
        }
        joined = true;
      }
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
      List<Assignment> ended = new ArrayList<>();
      List<CompletableFuture<Boolean>> unsettled = new ArrayList<>();
      synchronized (GroupFeed.this) {
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
      for (Assignment one : ended) {
        int number = one.partition().partition();
        sink.lost(GroupFeed.this, one, asked, session -> isIn(session, number));
      }
    }

    private boolean isIn(SessionId session, int number) {
      return of.partitionOf(session) == number;
    }
  }
}
