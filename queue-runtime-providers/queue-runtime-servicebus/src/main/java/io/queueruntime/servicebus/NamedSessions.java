package io.queueruntime.servicebus;

import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.SessionLocked;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.Alarms;
import io.queueruntime.provider.CallbackThreads;
import io.queueruntime.provider.SessionReceiver;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The callers who wait for a session of one queue by its id. One that is held through this provider
 * already is waited for here; for one that somebody else holds the broker is asked again, less and
 * less often.
 *
 * <p>Thread-safe.
 */
final class NamedSessions {

  private static final Duration RETRY_FIRST = Duration.ofMillis(100);
  private static final Duration RETRY_MAX = Duration.ofSeconds(2);
  private static final Duration CHECK_MIN = Duration.ofMillis(100);
  private static final Duration DEAD_LINK_WAIT = Duration.ofMillis(20);
  private static final int DEAD_LINKS_MAX = 100;

  private final QueueName queue;
  private final ProviderTime time;
  private final CallbackThreads callbacks;
  private final HeldSessions held;
  private final Supplier<CompletableFuture<Optional<QueueOptions>>> checked;
  private final BiFunction<SessionId, Optional<QueueOptions>, CompletableFuture<ServiceBusSession>>
      acceptOne;
  private final Set<Named> waiting = ConcurrentHashMap.newKeySet();

  /**
   * @param checked what is known of the queue, which must have sessions
   * @param acceptOne accepts the session if nobody holds it; may throw
   */
  NamedSessions(
      QueueName queue,
      ProviderTime time,
      CallbackThreads callbacks,
      HeldSessions held,
      Supplier<CompletableFuture<Optional<QueueOptions>>> checked,
      BiFunction<SessionId, Optional<QueueOptions>, CompletableFuture<ServiceBusSession>>
          acceptOne) {
    this.queue = queue;
    this.time = time;
    this.callbacks = callbacks;
    this.held = held;
    this.checked = checked;
    this.acceptOne = acceptOne;
  }

  /** See {@code QueueProvider.acceptSession}. */
  CompletableFuture<SessionReceiver> accept(SessionId id, Duration maxWait) {
    Named accept = new Named(id, time.nanos() + Receiving.wait(maxWait).toNanos());
    waiting.add(accept);
    accept.whenComplete((session, error) -> waiting.remove(accept));
    checked
        .get()
        .whenComplete(
            (options, error) -> {
              if (error == null) {
                accept.begin(options);
              } else {
                accept.completeExceptionally(FailureKind.unwrapped(error));
              }
            });
    return accept;
  }

  /** Ends all waiting. */
  void close() {
    waiting.forEach(accept -> accept.completeExceptionally(providerClosed()));
  }

  private Closed providerClosed() {
    return new Closed(
        queue.value(), "Cannot use queue '%s': the provider is closed.".formatted(queue));
  }

  /** A caller who waits for one session. */
  private final class Named extends CompletableFuture<SessionReceiver> {
    private final SessionId id;
    private final long deadline;
    private Optional<QueueOptions> options = Optional.empty();
    private Duration pause = RETRY_FIRST;
    private int deadLinks;

    Named(SessionId id, long deadline) {
      this.id = id;
      this.deadline = deadline;
    }

    void begin(Optional<QueueOptions> known) {
      options = known;
      attempt();
    }

    private void attempt() {
      if (isDone()) {
        return;
      }
      HeldSessions.Place place = held.reserve(id);
      if (place.turn() != null) {
        ask(place.turn());
      } else if (place.others() != null && !place.closed()) {
        waitFor(place.others(), place.holder());
      } else {
        completeExceptionally(providerClosed());
      }
    }

    /** Until whoever has it here is done with it, or the time is over. */
    private void waitFor(CompletableFuture<Void> others, @Nullable ServiceBusSession holder) {
      CompletableFuture<Void> late = new CompletableFuture<>();
      Alarms.Alarm alarm =
          time.after(
              Duration.ofNanos(Math.max(0, deadline - time.nanos())),
              () -> callbacks.execute(() -> late.completeExceptionally(new TimeIsOver())));
      // Who gives up is forgotten: other than a callback, this leaves nothing with the others.
      CompletableFuture<Object> turn = CompletableFuture.anyOf(others, late);
      if (holder != null) {
        checkLater(holder, turn);
      }
      whenComplete((session, error) -> late.complete(null));
      turn.whenComplete(
          (value, error) -> {
            alarm.cancel();
            if (error == null) {
              callbacks.execute(this::attempt);
            } else {
              completeExceptionally(locked(holder, null));
            }
          });
    }

    /**
     * The broker tells a holder that his lock ran out, but not while his connection is dead: when
     * it should have run out, and nobody has told, he is made to ask.
     */
    private void checkLater(ServiceBusSession holder, CompletableFuture<?> turn) {
      Duration left = Duration.between(time.now(), holder.lockedUntil());
      Alarms.Alarm check =
          time.after(
              left.compareTo(CHECK_MIN) < 0 ? CHECK_MIN : left,
              () ->
                  callbacks.execute(
                      () ->
                          holder
                              .state()
                              .whenComplete(
                                  (state, error) -> {
                                    if (error == null && !turn.isDone()) {
                                      checkLater(holder, turn);
                                    }
                                  })));
      turn.whenComplete((value, error) -> check.cancel());
    }

    private void ask(CompletableFuture<Void> turn) {
      CompletableFuture<ServiceBusSession> accepted;
      try {
        accepted = acceptOne.apply(id, options);
      } catch (RuntimeException e) {
        accepted = CompletableFuture.failedFuture(e);
      }
      accepted.whenComplete(
          (session, error) -> {
            held.free(id, turn);
            if (error != null) {
              failed(error);
            } else if (!complete(session)) {
              session.closeAsync();
            }
          });
    }

    private void failed(Throwable error) {
      if (FailureKind.unwrapped(error) instanceof SessionLockLost && deadLinks++ < DEAD_LINKS_MAX) {
        time.after(DEAD_LINK_WAIT, () -> callbacks.execute(this::attempt));
        return;
      }
      if (FailureKind.of(error) != FailureKind.SESSION_LOCKED) {
        completeExceptionally(Failures.of(queue, "accept session '" + id + "' of").of(error));
        return;
      }
      Duration left = Duration.ofNanos(Math.max(0, deadline - time.nanos()));
      if (left.isZero()) {
        completeExceptionally(locked(null, error));
        return;
      }
      Alarms.Alarm alarm =
          time.after(
              pause.compareTo(left) < 0 ? pause : left, () -> callbacks.execute(this::attempt));
      whenComplete((session, failure) -> alarm.cancel());
      pause = pause.multipliedBy(2).compareTo(RETRY_MAX) > 0 ? RETRY_MAX : pause.multipliedBy(2);
    }

    private SessionLocked locked(@Nullable ServiceBusSession holder, @Nullable Throwable cause) {
      return new SessionLocked(
          queue.value(),
          "Cannot accept session '%s' of queue '%s': somebody else holds it%s."
              .formatted(
                  id,
                  queue,
                  holder == null
                      ? ""
                      : ", in this process, until " + holder.lockedUntil() + " unless renewed"),
          holder == null ? null : holder.lockedUntil(),
          cause);
    }
  }

  /** Marks a wait that ended for its time. */
  private static final class TimeIsOver extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TimeIsOver() {
      super(null, null, false, false);
    }
  }
}
