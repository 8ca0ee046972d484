package io.queueruntime.provider.front;

import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.message.SessionId;
import io.queueruntime.store.Fence;
import io.queueruntime.store.SessionStates;
import java.time.Duration;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The states of the sessions that are held here, in the state store. Each unit that the broker has
 * given to this process is taken over there once, when a state of one of its sessions is first
 * asked for: from then on the process that had the unit before can neither read nor write, whatever
 * it believes. When that happens to this process, its hold is over, and the unit goes back to the
 * broker, which decides anew whose it is.
 *
 * <p>What is asked of one session happens one after the other, so that a late write of a hold that
 * has ended is before the first read of the next one, or not at all.
 *
 * <p>Thread-safe: takes the front's mutex itself.
 */
final class FencedStates {

  /** How often it is looked whether the broker has given the unit. */
  private static final Duration LOOK = Duration.ofMillis(50);

  private final Front front;
  private final FrontHost host;
  private final SessionStates states;

  // Under the front's mutex

  private final IdentityHashMap<Object, CompletableFuture<Fence>> fences = new IdentityHashMap<>();
  private final Map<SessionId, CompletableFuture<?>> last = new HashMap<>();

  FencedStates(Front front, FrontHost host, SessionStates states) {
    this.front = front;
    this.host = host;
    this.states = states;
  }

  /** What was last stored with the session. */
  CompletableFuture<Optional<byte[]>> get(SessionHold hold) {
    return inTurn(hold, fence -> states.get(fence, hold.session));
  }

  /** Stores something with the session, null takes it away. */
  CompletableFuture<Void> set(SessionHold hold, byte @Nullable [] state) {
    byte[] copy = state == null ? null : state.clone();
    return inTurn(hold, fence -> states.set(fence, hold.session, copy));
  }

  /** All that came through that is void, and so is the fence. Under the front's mutex. */
  void lost(Object through) {
    fences.remove(through);
  }

  private <T> CompletableFuture<T> inTurn(
      SessionHold hold, Function<Fence, CompletableFuture<T>> work) {
    CompletableFuture<T> done = new CompletableFuture<>();
    Runnable begin = () -> begin(hold, work, done);
    front.locked(
        () -> {
          front.resting().wanted();
          CompletableFuture<?> before = last.put(hold.session, done);
          if (before == null) {
            front.tell(begin);
          } else {
            before.whenComplete((ended, failure) -> begin.run());
          }
        });
    done.whenComplete((ended, failure) -> front.locked(() -> last.remove(hold.session, done)));
    return done.copy(); // who cancels it must not let the next one begin
  }

  private <T> void begin(
      SessionHold hold, Function<Fence, CompletableFuture<T>> work, CompletableFuture<T> done) {
    Feed feed = front.feeding().of(hold.session);
    long end = host.time().nanos() + feed.warmMax().toNanos();
    CompletableFuture<Fenced> found = new CompletableFuture<>();
    front
        .sessions()
        .held(hold)
        .whenComplete(
            (held, failure) -> {
              if (failure != null) {
                found.completeExceptionally(failure);
              } else {
                look(hold, feed, end, found);
              }
            });
    found
        .thenCompose(
            fenced ->
                front
                    .sessions()
                    .held(hold)
                    .thenCompose(held -> asked(hold, feed, fenced, work.apply(fenced.fence()))))
        .whenComplete(
            (value, failure) -> {
              if (failure == null) {
                done.complete(value);
              } else {
                done.completeExceptionally(unwrapped(failure));
              }
            });
  }

  /** A fence, and what the unit it is for came through. */
  private record Fenced(Fence fence, Object through) {}

  private void look(SessionHold hold, Feed feed, long end, CompletableFuture<Fenced> found) {
    Feed.Unit unit = feed.unitOf(hold.session);
    if (unit != null) {
      fence(unit)
          .whenComplete(
              (fence, failure) -> {
                if (failure != null) {
                  found.completeExceptionally(failure);
                } else if (isStill(feed, hold.session, unit)) {
                  found.complete(new Fenced(fence, unit.through()));
                } else {
                  lookAgain(hold, feed, end, found);
                }
              });
    } else {
      lookAgain(hold, feed, end, found);
    }
  }

  /** Whether the broker still leaves the unit here: else who has it now took it over earlier. */
  private static boolean isStill(Feed feed, SessionId session, Feed.Unit unit) {
    Feed.Unit now = feed.unitOf(session);
    return now != null && now.through() == unit.through();
  }

  private void lookAgain(SessionHold hold, Feed feed, long end, CompletableFuture<Fenced> found) {
    if (host.time().nanos() >= end) {
      front.locked(
          () -> {
            front.sessions().end(hold, SessionHold.Ended.LOST);
            front.fail(found, elsewhere(hold));
          });
      return;
    }
    front.locked(
        () -> {
          front.sessions().check(hold);
          if (front.isClosed() || hold.ended != null) {
            front.fail(
                found,
                front.isClosed() ? host.closed(front.queue().name()) : front.sessions().over(hold));
            return;
          }
          front.feeding().start(List.of(feed));
          host.time()
              .after(LOOK, () -> host.callbacks().execute(() -> look(hold, feed, end, found)));
        });
  }

  private SessionLockLost elsewhere(SessionHold hold) {
    return new SessionLockLost(
        front.queue().name().value(),
        "The state of session '%s' of queue '%s' cannot be reached: %s has not given the part of the queue that the session is in to this process. Accept the session where its messages are received."
            .formatted(hold.session, front.queue().name(), host.broker()));
  }

  private CompletableFuture<Fence> fence(Feed.Unit unit) {
    CompletableFuture<Fence> taken = new CompletableFuture<>();
    CompletableFuture<Fence> known = noted(unit.through(), taken);
    if (known != taken) {
      return known;
    }
    states
        .takeOver(front.queue().name(), unit.name())
        .whenComplete(
            (fence, failure) -> {
              if (failure == null) {
                taken.complete(fence);
              } else {
                front.locked(() -> fences.remove(unit.through(), taken));
                taken.completeExceptionally(unwrapped(failure));
              }
            });
    return taken;
  }

  private CompletableFuture<Fence> noted(Object through, CompletableFuture<Fence> taken) {
    synchronized (front.mutex()) {
      CompletableFuture<Fence> known = fences.putIfAbsent(through, taken);
      return known == null ? taken : known;
    }
  }

  /**
   * The store's answer. That somebody else has taken the unit over is told once it has been let go
   * of here: who then accepts the session again gets it of what the broker gives anew.
   */
  private <T> CompletableFuture<T> asked(
      SessionHold hold, Feed feed, Fenced fenced, CompletableFuture<T> answer) {
    return answer
        .handle(
            (value, failure) ->
                failure != null && unwrapped(failure) instanceof SessionLockLost
                    ? letGo(hold, feed, fenced.through()).thenCompose(gone -> answer)
                    : answer)
        .thenCompose(told -> told);
  }

  private CompletableFuture<Void> letGo(SessionHold hold, Feed feed, Object through) {
    CompletableFuture<Void> gone = new CompletableFuture<>();
    front.locked(
        () -> {
          front.sessions().end(hold, SessionHold.Ended.LOST);
          if (fences.remove(through) == null) {
            front.tell(() -> gone.complete(null)); // somebody else has found it out
          } else {
            front.tell(() -> host.callbacks().execute(() -> giveUp(feed, through, gone)));
          }
        });
    return gone;
  }

  private static void giveUp(Feed feed, Object through, CompletableFuture<Void> gone) {
    try {
      feed.giveUp(through);
    } finally {
      gone.complete(null);
    }
  }

  private static Throwable unwrapped(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }
}
