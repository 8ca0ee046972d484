package io.queueruntime.provider.front;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.store.StoredMessages;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The messages of all queues that are to be sent later: they are in the state store until then, and
 * are published by whichever instance uses their queue: one that has sent to it or received from it
 * during the last ten minutes, or has scheduled a message there that still waits.
 *
 * <p>Thread-safe.
 */
public final class Schedules {

  private static final long CLOSE_MAX_SECONDS = 5;

  private final FrontHost host;
  private final StoredMessages scheduled;
  private final Map<QueueName, Schedule> schedules = new ConcurrentHashMap<>();
  private volatile boolean closed;

  Schedules(FrontHost host, StoredMessages scheduled) {
    this.host = host;
    this.scheduled = scheduled;
  }

  /** Keeps a message until it is due; completes once that is durable. */
  CompletableFuture<Void> put(KeptMessage message) {
    Instant due = message.due();
    if (due == null) {
      throw new IllegalArgumentException(message.messageId() + " is due at no time.");
    }
    return scheduled
        .put(StoredForm.of(message, due))
        .thenAccept(isNew -> use(message.queue(), schedule -> schedule.awaits(due)));
  }

  /** Takes a message back; false when there is none, or it is just being published. */
  CompletableFuture<Boolean> cancel(QueueName queue, SequenceNumber number) {
    return scheduled.cancel(queue, number);
  }

  /** Somebody sends to that queue, or receives from it. */
  void use(QueueName queue) {
    Schedule known = schedules.get(queue);
    if (known == null || !known.used()) {
      use(queue, Schedule::used);
    }
  }

  private void use(QueueName queue, Consumer<Schedule> work) {
    schedules.compute(
        queue,
        (name, known) -> {
          if (closed) {
            return null;
          }
          Schedule schedule = known;
          if (schedule == null) {
            schedule = new Schedule(queue, host, scheduled, this::drop);
            schedule.look(); // for what others have left behind
          }
          work.accept(schedule);
          return schedule;
        });
  }

  private void drop(Schedule idle) {
    schedules.computeIfPresent(
        idle.queue(), (name, known) -> known == idle && known.endIfUnused() ? null : known);
  }

  /** A queue was deleted. */
  void forget(QueueName queue) {
    Schedule known = schedules.remove(queue);
    if (known != null) {
      known.close();
    }
  }

  /**
   * Looks at once at every queue that is used here; completes once what is due was published, or
   * could not be.
   */
  public CompletableFuture<Void> publishDue() {
    return CompletableFuture.allOf(
        schedules.values().stream().map(Schedule::publishDue).toArray(CompletableFuture[]::new));
  }

  /** Takes nothing more; waits within bounds for what is under way. */
  void close() {
    closed = true;
    CompletableFuture<?>[] ends =
        schedules.values().stream().map(Schedule::close).toArray(CompletableFuture[]::new);
    schedules.clear();
    CompletableFuture.allOf(ends)
        .completeOnTimeout(null, CLOSE_MAX_SECONDS, TimeUnit.SECONDS)
        .join();
  }
}
