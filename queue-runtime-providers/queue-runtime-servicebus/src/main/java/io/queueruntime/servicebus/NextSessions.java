package io.queueruntime.servicebus;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.Alarms;
import io.queueruntime.provider.CallbackThreads;
import io.queueruntime.provider.SessionReceiver;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The callers who wait for whichever session of a queue comes, and the accepts that are under way
 * for them.
 *
 * <p>The SDK cannot take back an accept that waits: a session that the broker then gives to it
 * would stay locked for nobody. So an accept that its caller gave up goes on waiting and serves the
 * next caller; when it gets a session while nobody waits, it gives the session back at once and is
 * over.
 *
 * <p>Each accept is a link of its own that is opened and signed in for. While sessions come there
 * is one for each caller who waits. When none has come for {@link #PATIENCE}, those that wait will
 * learn of the next one, and another caller adds none to them; with each session that comes then
 * there may be twice as many as before.
 *
 * <p>An accept that is begun while a connection ends may be forgotten by the SDK until its time-out
 * (see {@link AskedAgain}). That cannot be told from one that waits at the broker, so one that was
 * begun about the time at which a link {@linkplain #linkEnded ended} counts for {@link #TRUSTED}
 * only; then another one may be begun beside it, and whatever the first comes to serves whoever
 * waits.
 *
 * <p>Thread-safe.
 */
final class NextSessions {

  private static final Logger log = LoggerFactory.getLogger(NextSessions.class);

  private static final Duration PATIENCE = Duration.ofMillis(100);
  private static final int WINDOW_MAX = 10_000;

  /** An accept that began within this time before or after the end of a link is doubtful. */
  static final Duration DOUBTFUL = Duration.ofMillis(500);

  /** How long a doubtful accept counts. */
  static final Duration TRUSTED = Duration.ofSeconds(2);

  private final QueueName queue;
  private final ProviderTime time;
  private final CallbackThreads callbacks;
  private final Supplier<CompletableFuture<Optional<QueueOptions>>> checked;
  private final Function<Optional<QueueOptions>, CompletableFuture<ServiceBusSession>> acceptAny;
  private final Deque<Next> waiting = new ArrayDeque<>();
  private final Set<Accept> underWay = new HashSet<>();

  /** How many of those under way count. */
  private int accepts;

  private int window = WINDOW_MAX;

  /** When a session came, or the first accept of those under way began. */
  private long progressAt;

  private boolean anyLinkEnded;
  private long linkEndedAt;
  private boolean closed;

  /**
   * @param checked what is known of the queue, which must have sessions
   * @param acceptAny waits for whichever session comes; may throw
   */
  NextSessions(
      QueueName queue,
      ProviderTime time,
      CallbackThreads callbacks,
      Supplier<CompletableFuture<Optional<QueueOptions>>> checked,
      Function<Optional<QueueOptions>, CompletableFuture<ServiceBusSession>> acceptAny) {
    this.queue = queue;
    this.time = time;
    this.callbacks = callbacks;
    this.checked = checked;
    this.acceptAny = acceptAny;
  }

  /** See {@code QueueProvider.acceptNextSession}. */
  CompletableFuture<Optional<SessionReceiver>> accept(Duration maxWait) {
    Next next = new Next();
    long deadline = time.nanos() + Receiving.wait(maxWait).toNanos();
    next.whenComplete(
        (session, error) -> {
          synchronized (this) {
            waiting.remove(next);
          }
          Alarms.Alarm alarm = next.alarm;
          if (alarm != null) {
            alarm.cancel();
          }
        });
    checked
        .get()
        .whenComplete(
            (options, error) -> {
              if (error == null) {
                enqueue(next, options, Duration.ofNanos(Math.max(0, deadline - time.nanos())));
              } else {
                next.completeExceptionally(FailureKind.unwrapped(error));
              }
            });
    return next;
  }

  private void enqueue(Next next, Optional<QueueOptions> options, Duration maxWait) {
    boolean ended;
    synchronized (this) {
      ended = closed;
      if (!closed) {
        waiting.add(next);
        next.alarm =
            time.after(maxWait, () -> callbacks.execute(() -> next.complete(Optional.empty())));
        if (accepts > 0 && time.nanos() - progressAt > PATIENCE.toNanos()) {
          window = 1;
        }
      }
    }
    if (ended) {
      next.completeExceptionally(
          new Closed(
              queue.value(), "Cannot use queue '%s': the provider is closed.".formatted(queue)));
      return;
    }
    if (next.isDone()) {
      synchronized (this) {
        waiting.remove(next);
      }
    }
    acceptMore(options);
  }

  /** As many accepts as callers wait, as far as the window allows. */
  private void acceptMore(Optional<QueueOptions> options) {
    int more;
    synchronized (this) {
      more = closed ? 0 : Math.min(waiting.size(), window) - accepts;
      if (more > 0) {
        if (accepts == 0) {
          progressAt = time.nanos();
        }
        accepts += more;
      }
    }
    for (int i = 0; i < more; i++) {
      acceptOne(options);
    }
  }

  private void acceptOne(Optional<QueueOptions> options) {
    Accept accept = new Accept(options, time.nanos());
    boolean doubtful;
    synchronized (this) {
      underWay.add(accept);
      doubtful =
          anyLinkEnded && accept.beganAt - linkEndedAt < DOUBTFUL.toNanos() && accept.isNewDoubt();
    }
    if (doubtful) {
      doubt(accept);
    }
    CompletableFuture<ServiceBusSession> accepted;
    try {
      accepted = acceptAny.apply(options);
    } catch (RuntimeException e) {
      accepted = CompletableFuture.failedFuture(e);
    }
    accepted.whenComplete(
        (session, error) -> {
          boolean counted = ended(accept, error == null);
          if (error == null) {
            give(session);
            acceptMore(options);
          } else {
            linkEnded();
            QueueRuntimeException failure =
                Failures.of(queue, "accept the next session of").of(error);
            log.debug("Waiting for a session of queue '{}' failed.", queue, error);
            if (counted) {
              takeWaiting().forEach(next -> next.completeExceptionally(failure));
            }
          }
        });
  }

  private synchronized boolean ended(Accept accept, boolean brought) {
    underWay.remove(accept);
    if (accept.counts) {
      accepts--;
    }
    if (brought) {
      progressAt = time.nanos();
      window = Math.min(WINDOW_MAX, window * 2);
    }
    return accept.counts;
  }

  /** A link to the queue has ended, and perhaps its connection: accepts of now may be forgotten. */
  void linkEnded() {
    List<Accept> doubtful;
    synchronized (this) {
      anyLinkEnded = true;
      linkEndedAt = time.nanos();
      doubtful =
          underWay.stream()
              .filter(accept -> linkEndedAt - accept.beganAt < DOUBTFUL.toNanos())
              .filter(Accept::isNewDoubt)
              .toList();
    }
    doubtful.forEach(this::doubt);
  }

  private void doubt(Accept accept) {
    time.after(TRUSTED, () -> callbacks.execute(() -> countNoMore(accept)));
  }

  private void countNoMore(Accept accept) {
    synchronized (this) {
      if (!accept.counts || !underWay.contains(accept)) {
        return;
      }
      accept.counts = false;
      accepts--;
    }
    acceptMore(accept.options);
  }

  private void give(ServiceBusSession session) {
    while (true) {
      Next first;
      synchronized (this) {
        first = waiting.poll();
      }
      if (first == null) {
        session.closeAsync();
        return;
      } else if (first.complete(Optional.of(session))) {
        return;
      }
    }
  }

  private synchronized List<Next> takeWaiting() {
    List<Next> all = List.copyOf(waiting);
    waiting.clear();
    return all;
  }

  /** Closing the client would not end an accept, and the session it gets would be nobody's. */
  synchronized boolean isIdle() {
    return waiting.isEmpty() && underWay.isEmpty();
  }

  /** Ends all waiting empty, and accepts nothing any more. */
  void close() {
    synchronized (this) {
      closed = true;
    }
    takeWaiting().forEach(next -> next.complete(Optional.empty()));
  }

  /** An accept that was begun. */
  private static final class Accept {
    private final Optional<QueueOptions> options;
    private final long beganAt;

    /** Whether it is believed to bring a session to somebody; guarded by the accepts' lock. */
    private boolean counts = true;

    /** Whether it has its alarm: a connection that ends may end a thousand links. */
    private boolean doubted;

    Accept(Optional<QueueOptions> options, long beganAt) {
      this.options = options;
      this.beganAt = beganAt;
    }

    /** Notes the first doubt about it, under the accepts' lock; false: there was one before. */
    boolean isNewDoubt() {
      boolean first = !doubted;
      doubted = true;
      return first;
    }
  }

  /** A caller who waits. */
  private static final class Next extends CompletableFuture<Optional<SessionReceiver>> {
    private volatile Alarms.@Nullable Alarm alarm;
  }
}
