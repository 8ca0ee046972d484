package io.queueruntime.servicebus;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.AuthenticationFailed;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.PermissionDenied;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.Alarms;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of the queues' settings. Only the first who needs them waits until Service Bus has
 * told them, and not longer than one try may take: later they are looked at again behind the backs
 * of those who use them, after a while or when something did not fit.
 *
 * <p>Where they cannot be looked at nothing is known, and what Service Bus does not refuse itself
 * goes through: for minutes with a key or role that may not look (that needs Manage), otherwise
 * until the next look, a few seconds later.
 *
 * <p>Thread-safe.
 */
final class QueueFacts {

  private static final Logger log = LoggerFactory.getLogger(QueueFacts.class);
  private static final Duration KEPT = Duration.ofMinutes(5);

  /** An answer that nobody has used for so long is not used any more. */
  private static final Duration OLD = Duration.ofMinutes(10);

  private static final Duration AGAIN_AFTER_FAILURE = Duration.ofSeconds(10);
  private static final Duration AGAIN_AFTER_DOUBT = Duration.ofSeconds(1);
  private static final int MAX = 10_000;

  /** Sends that wait for a first look, of all queues together; further ones are refused. */
  static final int WAITING_MAX = 100_000;

  private final ProviderTime time;
  private final Executor callbacks;
  private final Duration most;
  private final Function<QueueName, CompletableFuture<Optional<QueueOptions>>> lookup;
  private final Map<QueueName, Known> known = new ConcurrentHashMap<>();
  private final AtomicInteger waitingSends = new AtomicInteger();

  /**
   * @param callbacks runs what depends on what is asked
   * @param most how long a look may take
   * @param lookup asks the namespace; empty where there is no such queue
   */
  QueueFacts(
      ProviderTime time,
      Executor callbacks,
      Duration most,
      Function<QueueName, CompletableFuture<Optional<QueueOptions>>> lookup) {
    this.time = time;
    this.callbacks = callbacks;
    this.most = most;
    this.lookup = lookup;
  }

  /** The latest answer about one queue. */
  private static final class Known {
    private final CompletableFuture<Optional<QueueOptions>> options = new CompletableFuture<>();
    private final AtomicBoolean asking = new AtomicBoolean(true);
    private volatile long askedAt;
    private volatile long until;

    Known(long askedAt) {
      this.askedAt = askedAt;
      this.until = askedAt + KEPT.toNanos();
    }
  }

  /**
   * The queue's settings, empty when they cannot be looked at.
   *
   * <p>Fails with {@code QueueNotFound} when there is no such queue.
   */
  CompletableFuture<Optional<QueueOptions>> of(QueueName queue) {
    Known found = known.get(queue);
    long now = time.nanos();
    if (found == null
        || found.options.isCompletedExceptionally()
        || found.options.isDone() && now - found.askedAt > OLD.toNanos()) {
      return first(queue, found).options;
    }
    if (found.until - now <= 0) {
      refresh(queue, found);
    }
    return found.options;
  }

  /** Notes that a send waits for what is asked, until {@link #waitedSend}; false: too many do. */
  boolean sendWaits() {
    if (waitingSends.incrementAndGet() <= WAITING_MAX) {
      return true;
    }
    waitedSend();
    return false;
  }

  void waitedSend() {
    waitingSends.decrementAndGet();
  }

  private Known first(QueueName queue, @Nullable Known failed) {
    Known first = new Known(time.nanos());
    synchronized (this) {
      Known other = known.get(queue);
      if (other != null && other != failed) {
        return other;
      }
      if (known.size() >= MAX) {
        known.clear();
      }
      known.put(queue, first);
    }
    ask(queue)
        .whenComplete(
            (options, error) -> {
              first.asking.set(false);
              if (error == null && options.isPresent()) {
                first.options.complete(options);
              } else if (error == null) {
                first.options.completeExceptionally(notFound(queue));
              } else {
                unknown(queue, first, Failures.of(queue, "look at").of(error));
              }
            });
    return first;
  }

  private void unknown(QueueName queue, Known first, QueueRuntimeException failure) {
    if (failure instanceof Closed) {
      first.options.completeExceptionally(failure);
      return;
    }
    log.info(
        "Cannot look at the settings of queue '{}', so that messages are checked by Service Bus only: {}",
        queue,
        failure.getMessage());
    first.until = first.askedAt + kept(failure).toNanos();
    first.options.complete(Optional.empty());
  }

  private Duration kept(QueueRuntimeException failure) {
    return failure instanceof AuthenticationFailed || failure instanceof PermissionDenied
        ? KEPT
        : most.plus(AGAIN_AFTER_FAILURE);
  }

  private void refresh(QueueName queue, Known old) {
    if (!old.asking.compareAndSet(false, true)) {
      return;
    }
    Known fresh = new Known(time.nanos());
    ask(queue)
        .whenComplete(
            (options, error) -> {
              if (error != null) {
                QueueRuntimeException failure = Failures.of(queue, "look at").of(error);
                log.debug("What is known of queue '{}' stays as it is.", queue, failure);
                old.until = fresh.askedAt + kept(failure).toNanos();
                old.askedAt = fresh.askedAt;
                old.asking.set(false);
              } else if (options.isPresent()) {
                fresh.asking.set(false);
                fresh.options.complete(options);
                known.replace(queue, old, fresh);
              } else {
                known.remove(queue, old); // whoever comes next is told
              }
            });
  }

  /** One look, which fails if it takes too long. */
  private CompletableFuture<Optional<QueueOptions>> ask(QueueName queue) {
    CompletableFuture<Optional<QueueOptions>> asked = new CompletableFuture<>();
    Alarms.Alarm late =
        time.after(
            most,
            () ->
                callbacks.execute(
                    () ->
                        asked.completeExceptionally(
                            new TimeoutException("There was no answer within " + most + "."))));
    lookup
        .apply(queue)
        .whenComplete(
            (options, error) -> {
              late.cancel();
              if (error == null) {
                asked.complete(options);
              } else {
                asked.completeExceptionally(error);
              }
            });
    return asked;
  }

  private static QueueNotFound notFound(QueueName queue) {
    return new QueueNotFound(
        queue.value(),
        "Cannot use queue '%s': the namespace has no such queue; create it first."
            .formatted(queue));
  }

  /** Whoever still waits for a look is told that the provider is closed. */
  void close() {
    known.forEach(
        (queue, asked) ->
            asked.options.completeExceptionally(
                new Closed(
                    queue.value(),
                    "Cannot use queue '%s': the provider is closed.".formatted(queue))));
  }

  /** What is known of the queue is no longer true. */
  void forget(QueueName queue) {
    known.remove(queue);
  }

  /** What is known of the queue may be out of date: it is looked at again soon, if not at once. */
  void doubt(QueueName queue) {
    Known found = known.get(queue);
    if (found != null && found.options.isDone()) {
      long soon = found.askedAt + AGAIN_AFTER_DOUBT.toNanos();
      if (soon - found.until < 0) {
        found.until = soon;
      }
      if (found.until - time.nanos() <= 0) {
        refresh(queue, found);
      }
    }
  }
}
