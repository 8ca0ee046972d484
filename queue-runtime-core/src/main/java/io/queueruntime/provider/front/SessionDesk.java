package io.queueruntime.provider.front;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.SessionLocked;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.SessionId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Who holds which session of a queue, and who waits for one. Within this process a session has one
 * holder; between processes its partition has one active consumer.
 *
 * <p>Confined to its front's mutex, but for the methods that say otherwise.
 */
final class SessionDesk {

  private static final Duration LOOK_MIN = Duration.ofMillis(100);

  private final Front front;
  private final FrontHost host;
  private final Deque<AcceptWait> next = new ArrayDeque<>();

  SessionDesk(Front front, FrontHost host) {
    this.front = front;
    this.host = host;
  }

  boolean hasWaits() {
    return !next.isEmpty()
        || front.lanes().all().stream().anyMatch(lane -> !lane.accepts.isEmpty());
  }

  /** Waits for one session. Takes the front's mutex itself. */
  void accept(SessionId session, AcceptWait wait, Duration maxWait) {
    front.locked(
        () -> {
          if (!front.isOpen()) {
            front.fail(wait.future, front.over());
            return;
          }
          Lane lane = front.lanes().of(session);
          front.resting().wanted();
          front.feeding().start(List.of(front.feeding().of(session)));
          lane.accepts.add(wait);
          serve(lane);
          if (lane.accepts.contains(wait)) {
            wait.alarm = host.time().after(maxWait, () -> front.locked(() -> refuse(lane, wait)));
          }
        });
  }

  private void refuse(Lane lane, AcceptWait wait) {
    if (!lane.accepts.remove(wait)) {
      return;
    }
    SessionHold holder = lane.hold;
    Instant until = holder == null ? null : holder.lockedUntil;
    front.fail(
        wait.future,
        new SessionLocked(
            front.queue().name().value(),
            "Cannot accept session '%s' of queue '%s': somebody else holds it until %s."
                .formatted(lane.session, front.queue().name(), until),
            until));
    front.lanes().dropIfUnused(lane);
  }

  /** Waits for whichever session has messages. Takes the front's mutex itself. */
  void acceptNext(AcceptWait wait, Duration maxWait) {
    front.locked(
        () -> {
          if (!front.isOpen()) {
            front.fail(wait.future, front.over());
            return;
          }
          front.resting().wanted();
          front.feeding().start(front.feeds());
          next.add(wait);
          served();
          if (next.contains(wait)) {
            Duration atLeast = maxWait.compareTo(LOOK_MIN) < 0 ? LOOK_MIN : maxWait;
            wait.alarm = host.time().after(atLeast, () -> front.locked(() -> nothing(wait)));
          }
        });
  }

  private void nothing(AcceptWait wait) {
    if (!next.contains(wait)) {
      return;
    }
    if (front.isWarming()) {
      wait.alarm = host.time().after(LOOK_MIN, () -> front.locked(() -> nothing(wait)));
      return;
    }
    if (front.isChecking() && !wait.waitsForCheck) {
      wait.waitsForCheck = true;
      wait.alarm = host.time().after(ArrivalCheck.SOON, () -> front.locked(() -> nothing(wait)));
      return;
    }
    served(); // what came while it was warming
    if (next.remove(wait)) {
      front.tell(() -> wait.future.complete(Optional.empty()));
    }
  }

  /** Something came or was given back: sessions may have become ready. */
  void served() {
    while (!next.isEmpty() && !front.isWarming()) {
      AcceptWait first = next.peek();
      if (first.future.isDone()) {
        next.poll();
        first.cancelAlarm();
        continue;
      }
      Lane longest = longestWaiting();
      if (longest == null) {
        return;
      }
      next.poll();
      grant(longest, first);
    }
  }

  private @Nullable Lane longestWaiting() {
    Lane longest = null;
    Holding head = null;
    for (Lane lane : front.lanes().all()) {
      if (lane.session == null || lane.hold != null || !lane.accepts.isEmpty()) {
        continue;
      }
      Holding first = front.handing().ready(lane);
      if (first != null
          && (head == null
              || first.message().sequenceNumber().compareTo(head.message().sequenceNumber()) < 0)) {
        head = first;
        longest = lane;
      }
    }
    return longest;
  }

  private void serve(Lane lane) {
    while (lane.hold == null && !lane.accepts.isEmpty()) {
      AcceptWait wait = lane.accepts.poll();
      if (wait.future.isDone()) {
        wait.cancelAlarm();
      } else {
        grant(lane, wait);
      }
    }
  }

  private void grant(Lane lane, AcceptWait wait) {
    wait.cancelAlarm();
    SessionId session = lane.session;
    if (session == null) {
      throw new IllegalStateException("A queue without sessions has none to grant.");
    }
    SessionHold hold = new SessionHold(lane, session);
    lane.hold = hold;
    lock(hold);
    front.tell(
        () -> {
          if (!wait.future.complete(Optional.of(hold))) {
            front.locked(() -> end(hold, SessionHold.Ended.CLOSED));
          }
        });
  }

  private void lock(SessionHold hold) {
    hold.cancelAlarm();
    Duration lock = front.queue().options().lockDuration();
    hold.lockedUntil = host.time().now().plus(lock);
    hold.lockedUntilNanos = host.time().nanos() + lock.toNanos();
    for (Holding holding : hold.lane.locked.values()) {
      holding.lockedUntil = hold.lockedUntil;
      holding.lockedUntilNanos = hold.lockedUntilNanos;
    }
    Deferral deferral = front.deferral();
    if (deferral != null) {
      deferral.holds().renewed(hold);
    }
    hold.alarm =
        host.time().after(lock, () -> front.locked(() -> end(hold, SessionHold.Ended.LOST)));
  }

  /** Takes the front's mutex itself. */
  CompletableFuture<Instant> renew(SessionHold hold) {
    CompletableFuture<Instant> renewed = new CompletableFuture<>();
    front.locked(
        () -> {
          check(hold);
          if (hold.ended != null) {
            front.fail(renewed, over(hold));
            return;
          }
          lock(hold);
          Instant until = hold.lockedUntil;
          front.tell(() -> renewed.complete(until));
        });
    return renewed;
  }

  /** Whether a session is still held. Takes the front's mutex itself. */
  CompletableFuture<Void> held(SessionHold hold) {
    CompletableFuture<Void> held = new CompletableFuture<>();
    front.locked(
        () -> {
          check(hold);
          if (front.isClosed()) {
            front.fail(held, host.closed(front.queue().name()));
          } else if (hold.ended != null) {
            front.fail(held, over(hold));
          } else {
            front.tell(() -> held.complete(null));
          }
        });
    return held;
  }

  /** Ends a hold whose time is over, though its alarm has not rung yet. */
  void check(SessionHold hold) {
    if (hold.ended == null && hold.lockedUntilNanos <= host.time().nanos()) {
      end(hold, SessionHold.Ended.LOST);
    }
  }

  /** Takes the front's mutex itself. */
  CompletableFuture<Void> close(SessionHold hold) {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    front.locked(
        () -> {
          end(hold, SessionHold.Ended.CLOSED);
          front.tell(() -> closed.complete(null));
        });
    return closed;
  }

  /** Ends a hold: what it had not settled goes back, counted when it was lost. */
  void end(SessionHold hold, SessionHold.Ended how) {
    if (hold.ended != null) {
      return;
    }
    hold.ended = how;
    hold.cancelAlarm();
    Lane lane = hold.lane;
    lane.hold = null;
    List<ReceiveWait> receives = List.copyOf(lane.receives);
    lane.receives.clear();
    for (ReceiveWait wait : receives) {
      wait.cancelAlarm();
      if (how == SessionHold.Ended.CLOSED) {
        front.tell(() -> wait.future.complete(List.of()));
      } else {
        front.fail(wait.future, over(hold));
      }
    }
    for (Map.Entry<LockToken, Holding> entry : List.copyOf(lane.locked.entrySet())) {
      if (how == SessionHold.Ended.CLOSED) {
        front.settling().takeBack(lane, entry.getKey());
      } else {
        front.settling().lockEnded(entry.getValue(), entry.getKey());
      }
    }
    Deferral deferral = front.deferral();
    if (deferral != null) {
      deferral.holds().ended(hold, how);
    }
    front.resting().wanted();
    serve(lane);
    served();
    front.lanes().dropIfUnused(lane);
  }

  /** What a hold that is over answers. */
  QueueRuntimeException over(SessionHold hold) {
    if (hold.ended == SessionHold.Ended.CLOSED) {
      return new Closed(
          front.queue().name().value(),
          "Session '%s' of queue '%s' was closed by its holder."
              .formatted(hold.session, front.queue().name()));
    }
    return new SessionLockLost(
        front.queue().name().value(),
        "Session '%s' of queue '%s' is not held any more: its lock ended at %s, or the connection to %s did. Its messages are delivered again."
            .formatted(hold.session, front.queue().name(), hold.lockedUntil, host.broker()));
  }

  /** Nothing can come. */
  void failed(QueueRuntimeException failure) {
    next.forEach(
        wait -> {
          wait.cancelAlarm();
          front.fail(wait.future, failure);
        });
    next.clear();
  }

  /** The provider was closed. */
  void closed(Closed failure) {
    next.forEach(wait -> front.fail(wait.future, failure));
    next.clear();
    for (Lane lane : front.lanes().all()) {
      SessionHold hold = lane.hold;
      if (hold != null) {
        hold.cancelAlarm();
        hold.ended = SessionHold.Ended.CLOSED;
        lane.hold = null;
      }
    }
  }
}
