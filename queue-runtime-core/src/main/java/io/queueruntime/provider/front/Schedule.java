package io.queueruntime.provider.front;

import io.queueruntime.message.QueueName;
import io.queueruntime.provider.Alarms;
import io.queueruntime.provider.TransientRetry;
import io.queueruntime.store.StoredMessages;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When the messages of one queue are due that are to be sent later: one look after the other, each
 * until nothing is due; the next one when the store says that something will be, and every few
 * seconds, as other instances put in messages, or crash with some that they have taken. After a
 * failure it is looked again with growing pauses.
 *
 * <p>Thread-safe.
 */
final class Schedule {

  private static final Logger log = LoggerFactory.getLogger(Schedule.class);

  /** How often it is looked at what other instances have put in or left behind. */
  private static final Duration LOOK = Duration.ofSeconds(5);

  /** How long after its last use a queue is looked after in which nothing waits. */
  private static final Duration IDLE = Duration.ofMinutes(10);

  /** Pauses after failures. */
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

  private static final int DOUBLINGS_MAX = 5;

  /** Clocks of a store and of this process may be that far apart without a busy look. */
  private static final Duration SHORTEST = Duration.ofMillis(1);

  private final QueueName queue;
  private final FrontHost host;
  private final StoredMessages scheduled;
  private final DuePublishing publishing;
  private final Consumer<Schedule> idle;

  // Under this object's lock

  private List<CompletableFuture<Void>> asked = new ArrayList<>();
  private CompletableFuture<Void> looking = CompletableFuture.completedFuture(null);
  private Alarms.@Nullable Alarm alarm;
  private long alarmNanos;
  private boolean again;
  private int failures;
  private boolean closed;

  private volatile long usedNanos;

  /**
   * Does not look yet.
   *
   * @param idle is told when it is not used any more
   */
  Schedule(QueueName queue, FrontHost host, StoredMessages scheduled, Consumer<Schedule> idle) {
    this.queue = queue;
    this.host = host;
    this.scheduled = scheduled;
    this.publishing = new DuePublishing(queue, host, scheduled);
    this.idle = idle;
    this.usedNanos = host.time().nanos();
  }

  QueueName queue() {
    return queue;
  }

  /** False when it has ended. */
  boolean used() {
    usedNanos = host.time().nanos();
    return !isClosed();
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  /** Something will be due then. */
  void awaits(Instant due) {
    used();
    wakeAfter(Duration.between(host.time().now(), due));
  }

  /** Looks at once; completes once nothing is due, or what is due could not be published. */
  synchronized CompletableFuture<Void> publishDue() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    if (closed) {
      done.complete(null);
      return done;
    }
    asked.add(done);
    look();
    return done;
  }

  private synchronized void wakeAfter(Duration delay) {
    Duration bounded = delay.compareTo(SHORTEST) < 0 ? SHORTEST : delay;
    bounded = bounded.compareTo(LOOK) < 0 ? bounded : LOOK;
    long at = host.time().nanos() + bounded.toNanos();
    if (closed || alarm != null && alarmNanos - at <= 0) {
      return;
    }
    if (alarm != null) {
      alarm.cancel();
    }
    alarmNanos = at;
    alarm = host.time().after(bounded, this::rung);
  }

  private synchronized void rung() {
    alarm = null;
    look();
  }

  /** One at a time: what is asked meanwhile is done after it. */
  synchronized void look() {
    if (closed) {
      return;
    }
    if (!looking.isDone()) {
      again = true;
      return;
    }
    again = false;
    List<CompletableFuture<Void>> answered = asked;
    asked = new ArrayList<>();
    CompletableFuture<Void> look = new CompletableFuture<>();
    looking = look;
    host.callbacks()
        .execute(
            () ->
                untilNothingIsDue()
                    .thenCompose(done -> scheduled.nextDue(queue))
                    .whenCompleteAsync(
                        (next, failure) ->
                            looked(
                                look, failure == null ? next : Optional.empty(), failure, answered),
                        host.callbacks()));
  }

  private CompletableFuture<Void> untilNothingIsDue() {
    return publishing
        .publish()
        .thenComposeAsync(
            taken ->
                taken == 0 || isClosed()
                    ? CompletableFuture.completedFuture(null)
                    : untilNothingIsDue(),
            host.callbacks());
  }

  private void looked(
      CompletableFuture<Void> look,
      Optional<Instant> next,
      @Nullable Throwable failure,
      List<CompletableFuture<Void>> answered) {
    boolean unused;
    boolean more;
    synchronized (this) {
      unused = failure == null && next.isEmpty() && isUnused();
      more = again;
      note(failure);
      look.complete(null);
      if (failure != null) {
        wakeAfter(FIRST_PAUSE.multipliedBy(1L << Math.min(DOUBLINGS_MAX, failures - 1)));
      } else if (!unused) {
        wakeAfter(next.map(due -> Duration.between(host.time().now(), due)).orElse(LOOK));
      }
    }
    answered.forEach(each -> each.complete(null));
    if (more) {
      look();
    } else if (unused) {
      idle.accept(this);
    }
  }

  private void note(@Nullable Throwable failure) {
    if (failure == null) {
      if (failures > 0) {
        log.info("Scheduled messages of queue '{}' are published again.", queue);
      }
      failures = 0;
    } else if (++failures == 1 && !closed) {
      log.warn(
          "Cannot publish scheduled messages of queue '{}'; they stay in the state store, and it is tried again.",
          queue,
          TransientRetry.unwrap(failure));
    }
  }

  private boolean isUnused() {
    return host.time().nanos() - usedNanos > IDLE.toNanos();
  }

  /** True when it has ended, as nobody has used it. */
  synchronized boolean endIfUnused() {
    if (looking.isDone() && isUnused() && asked.isEmpty()) {
      close();
    }
    return closed;
  }

  /** Takes nothing more; completes once what is under way has ended. */
  synchronized CompletableFuture<Void> close() {
    closed = true;
    publishing.close();
    if (alarm != null) {
      alarm.cancel();
      alarm = null;
    }
    asked.forEach(each -> each.complete(null));
    asked.clear();
    return looking;
  }
}
