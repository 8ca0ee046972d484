package io.queueruntime.servicebus;

import com.azure.messaging.servicebus.ServiceBusReceiverAsyncClient;
import com.azure.messaging.servicebus.ServiceBusSessionReceiverAsyncClient;
import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.ProviderFailed;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.SessionLocked;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.CallbackThreads;
import io.queueruntime.provider.SessionReceiver;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Who holds and who waits for the sessions of one queue, as far as this provider is concerned.
 *
 * <p>A session that is held through this provider already is waited for here, since a second link
 * of the same name would be the first one.
 *
 * <p>Thread-safe.
 */
final class QueueSessions {

  private static final Duration RETRY_FIRST = Duration.ofMillis(100);
  private static final Duration RETRY_MAX = Duration.ofSeconds(2);

  /** How long the SDK may give out a link that has ended under the session's name. */
  private static final Duration HELD_LATELY = Duration.ofMinutes(5);

  private static final Duration CHECK_MIN = Duration.ofMillis(100);
  private static final Duration DEAD_LINK_WAIT = Duration.ofMillis(20);
  private static final int DEAD_LINKS_MAX = 100;
  private static final int LATELY_MAX = 10_000;

  private final QueueName queue;
  private final Connections connections;
  private final QueueFacts facts;
  private final ProviderTime time;
  private final CallbackThreads callbacks;
  private final long maxStateSize;
  private final Map<SessionId, ServiceBusSession> held = new HashMap<>();

  /** When sessions that were held here ended. */
  private final Map<SessionId, Long> endedAt = new LinkedHashMap<>();

  /** Sessions an accept is under way for. */
  private final Map<SessionId, CompletableFuture<Void>> reserved = new HashMap<>();

  private final Set<Named> named = ConcurrentHashMap.newKeySet();
  private final NextSessions next;
  private @Nullable ServiceBusSessionReceiverAsyncClient client;
  private boolean closed;

  QueueSessions(
      QueueName queue,
      Connections connections,
      QueueFacts facts,
      ProviderTime time,
      CallbackThreads callbacks,
      long maxStateSize) {
    this.queue = queue;
    this.connections = connections;
    this.facts = facts;
    this.time = time;
    this.callbacks = callbacks;
    this.maxStateSize = maxStateSize;
    this.next = new NextSessions(queue, time, callbacks, this::checked, this::acceptAny);
  }

  private synchronized ServiceBusSessionReceiverAsyncClient client() {
    if (closed) {
      throw providerClosed();
    }
    if (client == null) {
      client = connections.sessions(queue);
    }
    return client;
  }

  private Closed providerClosed() {
    return new Closed(
        queue.value(), "Cannot use queue '%s': the provider is closed.".formatted(queue));
  }

  /** What is known of the queue, which must have sessions. */
  private CompletableFuture<Optional<QueueOptions>> checked() {
    return facts
        .of(queue)
        .thenApply(
            options -> {
              if (options.isPresent() && !options.get().sessions()) {
                throw new ValidationFailed(
                    queue.value(),
                    "Cannot accept a session of queue '%s': it has no sessions.".formatted(queue));
              }
              return options;
            });
  }

  /** A session that was accepted, listened to and noted. */
  private CompletableFuture<ServiceBusSession> holder(
      ServiceBusReceiverAsyncClient receiver, Optional<QueueOptions> options, boolean certain) {
    SessionId id;
    try {
      id = SessionId.of(receiver.getSessionId());
    } catch (QueueRuntimeException e) {
      callbacks.execute(receiver::close);
      return CompletableFuture.failedFuture(
          new ProviderFailed(
              queue.value(),
              "Cannot accept a session of queue '%s' that some other program made: %s"
                  .formatted(queue, e.getMessage()),
              true,
              e));
    }
    CompletableFuture<Instant> until =
        options.isPresent() && certain
            ? CompletableFuture.completedFuture(time.now().plus(options.get().lockDuration()))
            : Answer.of(callbacks, receiver.renewSessionLock())
                .thenApply(renewed -> time.fromBroker(renewed.toInstant()));
    return until.handle(
        (lockedUntil, error) -> {
          if (error != null) {
            callbacks.execute(receiver::close);
            throw Failures.of(queue, "accept session '" + id + "' of").of(error);
          }
          ServiceBusSession session =
              new ServiceBusSession(
                  queue, id, receiver, lockedUntil, time, callbacks, maxStateSize);
          note(session);
          session.begin();
          return session;
        });
  }

  private void note(ServiceBusSession session) {
    ServiceBusSession before;
    boolean late;
    synchronized (this) {
      before = held.put(session.sessionId(), session);
      late = closed;
    }
    if (before != null) {
      before.lose(
          new SessionLockLost(
              queue.value(),
              "Session '%s' of queue '%s' was accepted anew."
                  .formatted(session.sessionId(), queue)));
    }
    session
        .over()
        .thenRun(
            () -> {
              synchronized (this) {
                held.remove(session.sessionId(), session);
                endedAt.remove(session.sessionId()); // it becomes the youngest
                endedAt.put(session.sessionId(), time.nanos());
                if (endedAt.size() > LATELY_MAX) {
                  endedAt.remove(endedAt.keySet().iterator().next());
                }
              }
            });
    if (late) {
      session.closeAsync();
    }
  }

  /**
   * Whether the SDK may give out the link of a former hold, which has the same name and has ended:
   * then the hold is made certain by renewing it.
   */
  private synchronized boolean wasHeldLately(SessionId id) {
    Long ended = endedAt.get(id);
    return ended != null && time.nanos() - ended < HELD_LATELY.toNanos();
  }

  /** See {@code QueueProvider.acceptSession}. */
  CompletableFuture<SessionReceiver> accept(SessionId id, Duration maxWait) {
    Named accept = new Named(id, time.nanos() + Receiving.wait(bounded(maxWait)).toNanos());
    named.add(accept);
    accept.whenComplete((session, error) -> named.remove(accept));
    checked()
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

  /** Waits for whichever session comes first, for as long as the SDK does. */
  private CompletableFuture<ServiceBusSession> acceptAny(Optional<QueueOptions> options) {
    return Answer.of(callbacks, client().acceptNextSession())
        .thenCompose(receiver -> holder(receiver, options, true));
  }

  private static Duration bounded(Duration wait) {
    Duration most = Duration.ofDays(36_500);
    return wait.compareTo(most) > 0 ? most : wait;
  }

  /** See {@code QueueProvider.acceptNextSession}. */
  CompletableFuture<Optional<SessionReceiver>> acceptNext(Duration maxWait) {
    return next.accept(bounded(maxWait));
  }

  /** Whether nobody would miss this. */
  synchronized boolean isIdle() {
    return held.isEmpty() && reserved.isEmpty() && next.isIdle();
  }

  /** Closes the client; no accept is under way. */
  void rest() {
    ServiceBusSessionReceiverAsyncClient dropped;
    synchronized (this) {
      dropped = client;
      client = null;
    }
    if (dropped != null) {
      callbacks.execute(dropped::close);
    }
  }

  /** Gives all sessions back and ends all waiting. */
  void close() {
    List<ServiceBusSession> all;
    ServiceBusSessionReceiverAsyncClient dropped;
    synchronized (this) {
      closed = true;
      all = List.copyOf(held.values());
      dropped = client;
      client = null;
    }
    next.close();
    named.forEach(accept -> accept.completeExceptionally(providerClosed()));
    List<CompletableFuture<Void>> closing =
        all.stream().map(ServiceBusSession::closeAsync).toList();
    closing.forEach(CompletableFuture::join);
    if (dropped != null) {
      dropped.close();
    }
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
      CompletableFuture<Void> mine = new CompletableFuture<>();
      CompletableFuture<Void> others;
      ServiceBusSession holder;
      boolean ended;
      synchronized (QueueSessions.this) {
        ended = closed;
        holder = held.get(id);
        others = holder == null ? reserved.get(id) : holder.over();
        if (others == null && !ended) {
          reserved.put(id, mine);
        }
      }
      if (ended) {
        completeExceptionally(providerClosed());
      } else if (others == null) {
        ask(mine);
      } else {
        waitFor(others, holder);
      }
    }

    /** Until whoever has it here is done with it, or the time is over. */
    private void waitFor(CompletableFuture<Void> others, @Nullable ServiceBusSession holder) {
      CompletableFuture<Void> turn = new CompletableFuture<>();
      ProviderTime.Alarm alarm =
          time.after(
              Duration.ofNanos(Math.max(0, deadline - time.nanos())),
              () -> callbacks.execute(() -> turn.completeExceptionally(new TimeIsOver())));
      if (holder != null) {
        checkLater(holder, turn);
      }
      others.whenComplete((value, error) -> turn.complete(null));
      whenComplete((session, error) -> alarm.cancel());
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
    private void checkLater(ServiceBusSession holder, CompletableFuture<Void> turn) {
      Duration left = Duration.between(time.now(), holder.lockedUntil());
      ProviderTime.Alarm check =
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

    private void ask(CompletableFuture<Void> mine) {
      CompletableFuture<ServiceBusSession> accepted;
      try {
        accepted =
            Answer.of(callbacks, client().acceptSession(id.value()))
                .thenCompose(receiver -> holder(receiver, options, !wasHeldLately(id)));
      } catch (RuntimeException e) {
        accepted = CompletableFuture.failedFuture(e);
      }
      accepted.whenComplete(
          (session, error) -> {
            synchronized (QueueSessions.this) {
              reserved.remove(id, mine);
            }
            mine.complete(null);
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
      ProviderTime.Alarm alarm =
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
