package io.queueruntime.provider.front;

import io.queueruntime.message.LockToken;
import io.queueruntime.message.ReceivedMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for messages of a front, and how those that are here are handed out: in the order of
 * their places, locked, and no sooner than they are due.
 *
 * <p>Confined to its front's mutex, but for the methods that say otherwise.
 */
final class HandingOut {

  /** How long a look takes at least that finds nothing: the broker has to be asked. */
  private static final Duration LOOK_MIN = Duration.ofMillis(100);

  private final Front front;
  private final FrontHost host;

  HandingOut(Front front, FrontHost host) {
    this.front = front;
    this.host = host;
  }

  // Who waits

  /** Waits for messages of a lane, or of the hold of a session. Takes the mutex itself. */
  void receive(@Nullable SessionHold hold, ReceiveWait wait, Duration maxWait) {
    front.locked(
        () -> {
          if (front.isClosed()) {
            front.fail(wait.future, front.over());
            return;
          }
          if (hold != null) {
            front.sessions().check(hold);
            if (hold.ended != null) {
              front.fail(wait.future, front.sessions().over(hold));
              return;
            }
          }
          if (front.isGone()) {
            front.fail(wait.future, front.over());
            return;
          }
          Lane lane = hold == null ? front.lanes().of(null) : hold.lane;
          front.resting().wanted();
          lane.receives.add(wait);
          serve(lane);
          if (lane.receives.contains(wait)) {
            Duration atLeast = maxWait.compareTo(LOOK_MIN) < 0 ? LOOK_MIN : maxWait;
            wait.alarm = host.time().after(atLeast, () -> front.locked(() -> ended(lane, wait)));
            front.feeding().want(lane);
          }
        });
  }

  private void ended(Lane lane, ReceiveWait wait) {
    if (!lane.receives.contains(wait)) {
      return;
    }
    if (front.isWarming()) {
      wait.alarm = host.time().after(LOOK_MIN, () -> front.locked(() -> ended(lane, wait)));
      return;
    }
    if (front.isChecking() && !wait.waitsForCheck) {
      wait.waitsForCheck = true;
      wait.alarm =
          host.time().after(ArrivalCheck.SOON, () -> front.locked(() -> ended(lane, wait)));
      return;
    }
    lane.receives.remove(wait);
    front.lanes().dropIfUnused(lane);
    front.tell(() -> wait.future.complete(List.of()));
  }

  /** Ends what a receiver waits for. Takes the mutex itself. */
  void end(Object owner) {
    front.locked(
        () ->
            front
                .lanes()
                .all()
                .forEach(lane -> lane.receives.removeIf(wait -> ended(wait, owner))));
  }

  private boolean ended(ReceiveWait wait, Object owner) {
    if (wait.owner != owner) {
      return false;
    }
    wait.cancelAlarm();
    front.tell(() -> wait.future.complete(List.of()));
    return true;
  }

  // What is ready

  /** Hands out what is ready to those who wait. */
  void serve(Lane lane) {
    while (true) {
      ReceiveWait wait = lane.receives.peek();
      if (wait == null) {
        return;
      }
      if (wait.future.isDone()) {
        lane.receives.poll();
        wait.cancelAlarm();
        continue;
      }
      List<Holding> ready = takeReady(lane, wait.max);
      if (ready.isEmpty()) {
        return;
      }
      lane.receives.poll();
      wait.cancelAlarm();
      hand(lane, ready, wait);
    }
  }

  private List<Holding> takeReady(Lane lane, int max) {
    List<Holding> ready = new ArrayList<>();
    long now = host.time().nanos();
    for (Holding holding : List.copyOf(lane.waiting.values())) {
      if (ready.size() == max) {
        break;
      }
      if (holding.check != Holding.Check.PASSED) {
        if (lane.session != null || holding.check == Holding.Check.ASKED) {
          break; // the later ones wait for it, to stay behind it
        }
      } else if (isExpired(holding)) {
        lane.waiting.remove(holding.place());
        front.settling().expire(holding);
      } else if (holding.notBeforeNanos != 0 && holding.notBeforeNanos > now) {
        if (lane.session != null && !isScheduled(holding)) {
          break; // a session's later messages wait for it
        }
      } else {
        lane.waiting.remove(holding.place());
        ready.add(holding);
      }
    }
    return ready;
  }

  /** The message of a session to receive now, if there is one; drops what has expired. */
  @Nullable Holding ready(Lane lane) {
    long now = host.time().nanos();
    for (Holding holding : List.copyOf(lane.waiting.values())) {
      if (holding.check != Holding.Check.PASSED) {
        return null;
      } else if (isExpired(holding)) {
        lane.waiting.remove(holding.place());
        front.settling().expire(holding);
      } else if (holding.notBeforeNanos == 0 || holding.notBeforeNanos <= now) {
        return holding;
      } else if (!isScheduled(holding)) {
        return null;
      }
    }
    return null;
  }

  private boolean isScheduled(Holding holding) {
    Instant due = holding.message().due();
    return due != null && due.isAfter(host.time().now());
  }

  /** Whether its life is over. Needs no mutex. */
  boolean isExpired(Holding holding) {
    Instant expires = holding.message().expires();
    return expires != null && !expires.isAfter(host.time().now());
  }

  private void hand(Lane lane, List<Holding> ready, ReceiveWait wait) {
    List<ReceivedMessage<byte[]>> messages = new ArrayList<>(ready.size());
    List<LockToken> tokens = new ArrayList<>(ready.size());
    Duration lock = front.queue().options().lockDuration();
    SessionHold hold = lane.hold;
    for (Holding holding : ready) {
      holding.cancelAlarm();
      holding.deliveries++;
      LockToken token = newToken();
      holding.token = token;
      holding.by = hold;
      if (hold == null) {
        holding.lockedUntil = host.time().now().plus(lock);
        holding.lockedUntilNanos = host.time().nanos() + lock.toNanos();
        holding.alarm =
            host.time()
                .after(lock, () -> front.locked(() -> front.settling().lockEnded(holding, token)));
      } else {
        holding.lockedUntil = hold.lockedUntil;
        holding.lockedUntilNanos = hold.lockedUntilNanos;
      }
      lane.locked.put(token, holding);
      messages.add(holding.toMessage());
      tokens.add(token);
    }
    front.tell(
        () -> {
          if (!wait.future.complete(messages)) {
            front.locked(() -> tokens.forEach(token -> front.settling().takeBack(lane, token)));
          }
        });
  }

  private static LockToken newToken() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return LockToken.of(new UUID(random.nextLong(), random.nextLong()));
  }

  // What is not ready yet

  /** Not to be handed out before that time has passed. */
  void holdBack(Holding holding, Duration delay) {
    holding.notBeforeNanos = host.time().nanos() + delay.toNanos();
    Duration wait = delay;
    Instant expires = holding.message().expires();
    if (expires != null) {
      Duration left = Duration.between(host.time().now(), expires);
      wait = left.compareTo(wait) < 0 ? left : wait;
    }
    Duration bounded = wait.isNegative() ? Duration.ZERO : wait;
    holding.alarm = host.time().after(bounded, () -> front.locked(() -> due(holding)));
  }

  private void due(Holding holding) {
    Lane lane = holding.lane();
    if (lane.waiting.get(holding.place()) != holding) {
      return;
    }
    if (isExpired(holding) && holding.check == Holding.Check.PASSED) {
      lane.waiting.remove(holding.place());
      front.settling().expire(holding);
    } else if (front.feeding().returnsOne() && !front.feeding().isWanted(holding.feed())) {
      lane.waiting.remove(holding.place());
      front.feeding().giveBack(holding);
      return;
    }
    serve(lane);
    front.sessions().served();
  }
}
