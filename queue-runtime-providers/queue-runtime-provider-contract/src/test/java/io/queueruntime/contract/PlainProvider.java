package io.queueruntime.contract;

import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.QueueFull;
import io.queueruntime.QueueRuntimeException.SessionLocked;
import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.contract.PlainWait.For;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.DeadLetterQueue;
import io.queueruntime.provider.Limits;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.QueueSender;
import io.queueruntime.provider.Server;
import io.queueruntime.provider.SessionReceiver;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A second provider, in plain collections and with one lock: the contract's own reference. That the
 * contract holds for it too shows that the cases ask for nothing peculiar to the embedded provider;
 * that it can be broken on purpose, one {@link Flaw} at a time, shows that they can fail.
 *
 * <p>Thread-safe.
 */
final class PlainProvider implements QueueProvider {

  static final long MAX_SIZE = 100_000;
  static final Duration SEND_TIMEOUT = Duration.ofSeconds(30);

  final PlainStore store;
  private final Set<Capability> features;
  private boolean closed;

  PlainProvider(PlainStore store, Set<Capability> features) {
    this.store = store;
    this.features = features;
  }

  static Capabilities capabilities(Set<Capability> features) {
    Set<Capability> missing = EnumSet.allOf(Capability.class);
    missing.removeAll(features);
    return Capabilities.all(Server.of("plain"), new Limits(MAX_SIZE, 1000, MAX_SIZE, null))
        .without(missing, "It is missing on purpose.");
  }

  @Override
  public String name() {
    return store.has(Flaw.THE_PROVIDER_HAS_NO_NAME) ? "" : "plain";
  }

  @Override
  public Capabilities capabilities() {
    return capabilities(features);
  }

  /** Does something at once; a failure becomes the future's. */
  <T> CompletableFuture<T> now(QueueName queue, Function<PlainQueue, T> work) {
    synchronized (store) {
      try {
        T result = work.apply(open(queue));
        store.catchUp();
        return CompletableFuture.completedFuture(result);
      } catch (RuntimeException e) {
        return CompletableFuture.failedFuture(e);
      }
    }
  }

  /** An attempt that may have to be made again: it gets the future it is made for. */
  interface Attempt<T> {
    Supplier<Optional<T>> of(PlainQueue queue, CompletableFuture<T> mine);
  }

  /** Does something now or when it becomes possible. */
  <T> CompletableFuture<T> waiting(
      QueueName name, For what, Duration maxWait, Attempt<T> attempt, Supplier<T> onTimeout) {
    synchronized (store) {
      CompletableFuture<T> future = new CompletableFuture<>();
      try {
        PlainQueue queue = open(name);
        Duration longest = store.has(Flaw.NOBODY_WAITS) ? Duration.ZERO : maxWait;
        if (store.has(Flaw.ONLY_THE_NEWEST_WAITS)) {
          queue.waits.removeIf(wait -> wait.what == what && wait.what != For.ROOM);
        }
        Instant deadline =
            longest.compareTo(Duration.ofDays(10_000)) > 0 ? Instant.MAX : store.now.plus(longest);
        Supplier<Optional<T>> tried = attempt.of(queue, future);
        queue.waits.add(new PlainWait<>(store, what, future, deadline, tried, onTimeout));
        store.catchUp();
      } catch (RuntimeException e) {
        future.completeExceptionally(e);
      }
      return future;
    }
  }

  /** Notes what is asked for, and refuses what this provider was opened without. */
  void require(Capability capability, boolean asked) {
    if (asked) {
      store.asked.add(capability);
      if (!features.contains(capability)) {
        throw new UnsupportedCapability(null, "This provider cannot " + capability + ".");
      }
    }
  }

  private PlainQueue open(QueueName name) {
    store.newCall();
    checkOpen(name);
    PlainQueue queue = store.queue(name);
    if (!store.has(Flaw.QUEUES_IN_USE_ARE_IDLE)) {
      queue.lastUse = store.now;
    }
    return queue;
  }

  void checkOpen(@Nullable QueueName name) {
    if (closed && !store.has(Flaw.A_CLOSED_PROVIDER_GOES_ON)) {
      if (store.has(Flaw.A_CLOSED_PROVIDER_MAY_BE_TRIED_AGAIN)) {
        throw new QueueFull(name == null ? "" : name.value(), "Try again later.");
      }
      throw new Closed(name == null ? null : name.value(), "The provider is closed.");
    }
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public QueueSender sender(QueueName queue) {
    if (store.has(Flaw.SENDERS_LOOK_FOR_THEIR_QUEUE)) {
      store.queue(queue);
    }
    return new PlainSender(this, queue);
  }

  @Override
  public QueueReceiver receiver(QueueName queue, SubQueue subQueue) {
    return new PlainReceiver(this, queue, subQueue, null);
  }

  @Override
  public CompletableFuture<SessionReceiver> acceptSession(
      QueueName queue, SessionId sessionId, Duration maxWait) {
    return waiting(
        queue,
        For.SESSION,
        store.has(Flaw.NOBODY_WAITS_FOR_A_SESSION) ? Duration.ZERO : maxWait,
        (state, mine) -> {
          require(Capability.SESSIONS, true);
          requireSessions(state);
          return () ->
              state.sessions.accept(sessionId).map(hold -> new PlainSession(this, queue, hold));
        },
        () -> {
          PlainHold hold = store.queue(queue).sessions.holds.get(sessionId);
          Instant until =
              store.has(Flaw.WHO_IS_REFUSED_LEARNS_NOTHING) || hold == null
                  ? store.now
                  : hold.until;
          if (store.has(Flaw.WHO_IS_REFUSED_LEARNS_OF_NO_RENEWAL) && hold != null) {
            until = hold.accepted;
          }
          throw new SessionLocked(
              store.has(Flaw.ERRORS_TELL_LITTLE) ? "" : queue.value(),
              "Session '" + sessionId + "' is held.",
              until);
        });
  }

  @Override
  public CompletableFuture<Optional<SessionReceiver>> acceptNextSession(
      QueueName queue, Duration maxWait) {
    return waiting(
        queue,
        For.SESSION,
        maxWait,
        (state, mine) -> {
          require(Capability.ACCEPT_NEXT_SESSION, true);
          requireSessions(state);
          return () ->
              state
                  .sessions
                  .acceptNext()
                  .map(hold -> Optional.of(new PlainSession(this, queue, hold)));
        },
        () -> {
          if (store.has(Flaw.NO_SESSION_IS_AN_ERROR)) {
            throw new io.queueruntime.QueueRuntimeException.SessionNotFound(
                queue.value(), "No session.");
          }
          return Optional.empty();
        });
  }

  private void requireSessions(PlainQueue queue) {
    if (!queue.options.sessions() && !store.has(Flaw.PLAIN_QUEUES_HAVE_SESSIONS)) {
      throw new ValidationFailed(queue.name.value(), "Queue '" + queue.name + "' has no sessions.");
    }
  }

  @Override
  public DeadLetterQueue deadLetters(QueueName queue) {
    return new PlainDeadLetterQueue(this, queue);
  }

  @Override
  public QueueAdmin admin() {
    return new PlainAdmin(this);
  }

  @Override
  public void close() {
    synchronized (store) {
      if (closed && store.has(Flaw.CLOSING_TWICE_FAILS)) {
        throw new Closed(null, "It is closed already.");
      } else if (!closed) {
        closed = true;
        for (PlainQueue queue : List.copyOf(store.queues.values())) {
          endAll(queue);
          queue.restart();
        }
        if (store.has(Flaw.A_RESTART_BRINGS_BACK_DELETED_QUEUES)) {
          store.queues.putAll(store.deleted);
        }
      }
    }
  }

  void endAll(PlainQueue queue) {
    if (!store.has(Flaw.CLOSING_LEAVES_WHO_WAITS)) {
      List.copyOf(queue.waits).forEach(this::end);
    }
  }

  @SuppressWarnings("unchecked")
  private void end(PlainWait<?> wait) {
    try {
      if (store.has(Flaw.CLOSING_FAILS_WHO_WAITS)) {
        throw new QueueFull("", "The provider was closed.");
      }
      wait.timeOut();
      ((CompletableFuture<Object>) wait.future).join();
    } catch (java.util.concurrent.CompletionException | QueueFull e) {
      boolean keep = store.has(Flaw.WHO_WAITS_LEARNS_NOTHING_OF_THE_CLOSE);
      wait.future.obtrudeException(keep ? e : new Closed(null, "The provider was closed."));
      if (store.has(Flaw.CLOSING_FAILS_WHO_WAITS)) {
        wait.future.obtrudeException(e);
      }
    } catch (java.util.concurrent.CancellationException e) {
      // he had given up
    }
  }
}
