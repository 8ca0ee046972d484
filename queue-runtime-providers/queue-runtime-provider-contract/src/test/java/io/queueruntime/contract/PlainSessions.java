package io.queueruntime.contract;

import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.SessionNotFound;
import io.queueruntime.contract.PlainMessage.State;
import io.queueruntime.message.SessionId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Who holds which session of a {@link PlainQueue}, and what he may receive. Confined to the store's
 * lock.
 */
final class PlainSessions {

  final Map<SessionId, PlainHold> holds = new HashMap<>();
  final Map<SessionId, byte[]> states = new HashMap<>();
  private final PlainQueue queue;
  private final PlainStore store;
  private SessionId lastAccepted = SessionId.of("none");
  private final Set<SessionId> known = new HashSet<>();

  PlainSessions(PlainQueue queue) {
    this.queue = queue;
    this.store = queue.store;
  }

  private boolean has(Flaw flaw) {
    return store.has(flaw);
  }

  /** Locks what is ready in a held session: nothing behind a message that waits out a back-off. */
  List<PlainMessage> receive(PlainHold hold, int max) {
    if (!has(Flaw.A_LOST_HOLDER_RECEIVES)) {
      checkHeld(hold);
    }
    List<PlainMessage> ready = new ArrayList<>();
    for (PlainMessage message : inOrder(hold)) {
      boolean inBackOff = message.state == State.READY && message.notBefore.isAfter(store.now);
      boolean blocks =
          inBackOff && !has(Flaw.BACK_OFFS_LET_THE_SESSION_GO_ON)
              || has(Flaw.A_HOLDER_GETS_ONE_AT_A_TIME) && message.state == State.HELD
              || has(Flaw.DEFERRED_MESSAGES_HOLD_UP_THEIR_SESSION)
                  && message.state == State.DEFERRED
              || has(Flaw.SCHEDULED_MESSAGES_HOLD_UP_THEIR_SESSION)
                  && message.state == State.SCHEDULED;
      if (blocks || has(Flaw.A_SESSION_ENDS_AFTER_500_MESSAGES) && hold.received > 500) {
        break;
      } else if (message.state == State.READY && !inBackOff && ready.size() < max) {
        ready.add(message);
      }
    }
    if (has(Flaw.A_BACK_OFF_HOLDS_UP_ALL_SESSIONS)
        && queue.main.values().stream().anyMatch(m -> m.notBefore.isAfter(store.now))) {
      return List.of();
    } else if (has(Flaw.A_DEAD_LETTER_ENDS_ITS_SESSION) && !queue.dead.isEmpty()) {
      return List.of();
    } else if (has(Flaw.A_FAILURE_ENDS_ITS_SESSION)
        && queue.main.values().stream().anyMatch(m -> m.count > 1 && m.state == State.READY)) {
      return List.of();
    }
    hold.received += ready.size();
    ready.forEach(m -> queue.deliveries.deliver(m, hold));
    return ready;
  }

  private List<PlainMessage> inOrder(PlainHold hold) {
    List<PlainMessage> messages = queue.ofSession(hold.sessionId);
    if (has(Flaw.A_SESSIONS_NEWEST_COMES_FIRST)) {
      messages = new ArrayList<>(messages);
      java.util.Collections.reverse(messages);
    }
    return messages;
  }

  Optional<PlainHold> accept(SessionId wanted) {
    SessionId id =
        has(Flaw.SESSION_IDS_ARE_SIMPLIFIED)
            ? SessionId.of(wanted.value().replaceAll("[^a-z]", "_"))
            : wanted;
    if (has(Flaw.EMPTY_SESSIONS_ARE_NOT_FOUND)
        && queue.ofSession(id).isEmpty()
        && !known.contains(id)) {
      throw new SessionNotFound(queue.name.value(), "There is no session '" + id + "'.");
    }
    boolean taken =
        has(Flaw.ONE_SESSION_AT_A_TIME)
            ? !holds.isEmpty()
            : holds.containsKey(id) && !has(Flaw.SESSIONS_HAVE_MANY_HOLDERS);
    if (taken) {
      return Optional.empty();
    }
    Instant until = store.now.plus(queue.options.lockDuration());
    PlainHold hold =
        new PlainHold(queue.name, has(Flaw.SESSION_IDS_ARE_SIMPLIFIED) ? id : wanted, until);
    if (has(Flaw.THE_NEXT_HOLDER_GETS_HALF_A_LOCK) && known.contains(id)) {
      hold.until = store.now.plus(queue.options.lockDuration().dividedBy(2));
    }
    if (has(Flaw.SESSION_LOCKS_ARE_SHORT)) {
      hold.until = store.now.plus(queue.options.lockDuration().dividedBy(4));
    }
    known.add(id);
    lastAccepted = id;
    holds.put(id, hold);
    if (has(Flaw.STATES_START_EMPTY_BUT_PRESENT)) {
      states.putIfAbsent(id, new byte[0]);
    }
    return Optional.of(hold);
  }

  /** The free session whose first message that counts is ready and was there first. */
  Optional<PlainHold> acceptNext() {
    if (has(Flaw.ANY_KNOWN_SESSION_IS_NEXT)) {
      Optional<SessionId> free = known.stream().filter(id -> !holds.containsKey(id)).findFirst();
      if (free.isPresent()) {
        return accept(free.get());
      }
    } else if (has(Flaw.A_SESSION_WITH_A_STATE_IS_NEXT)) {
      Optional<SessionId> free =
          states.keySet().stream().filter(id -> !holds.containsKey(id)).findFirst();
      if (free.isPresent()) {
        return accept(free.get());
      }
    }
    Set<SessionId> blocked =
        new HashSet<>(has(Flaw.HELD_SESSIONS_ARE_NEXT) ? Set.of() : holds.keySet());
    Collection<PlainMessage> messages = queue.main.values();
    if (has(Flaw.THE_FIRST_NAME_IS_NEXT)) {
      messages =
          messages.stream()
              .sorted(java.util.Comparator.comparing(m -> m.content.sessionId().orElseThrow()))
              .toList();
    } else if (has(Flaw.THE_LAST_SESSION_IS_NEXT)) {
      messages =
          messages.stream()
              .sorted(
                  java.util.Comparator.comparing(
                      m -> !m.content.sessionId().equals(Optional.of(lastAccepted))))
              .toList();
    } else if (has(Flaw.ONLY_DEFERRED_MAKES_NEXT)) {
      Optional<PlainMessage> deferred =
          messages.stream().filter(m -> m.state == State.DEFERRED).findFirst();
      if (deferred.isPresent()) {
        return accept(deferred.get().content.sessionId().orElseThrow());
      }
    }
    for (PlainMessage message : messages) {
      SessionId id = message.content.sessionId().orElseThrow();
      if (message.state == State.READY && !blocked.contains(id)) {
        if (!message.notBefore.isAfter(store.now) || has(Flaw.SESSIONS_IN_BACK_OFF_ARE_NEXT)) {
          return has(Flaw.HELD_SESSIONS_ARE_NEXT) ? steal(id) : accept(id);
        }
        blocked.add(id);
      }
    }
    return Optional.empty();
  }

  private Optional<PlainHold> steal(SessionId id) {
    holds.remove(id);
    return accept(id);
  }

  void checkHeld(PlainHold hold) {
    boolean recovers =
        has(Flaw.A_LOST_HOLDER_RECOVERS) && !holds.containsKey(hold.sessionId) && !hold.closed;
    if (hold.lost && !recovers && !has(Flaw.A_LOST_HOLDER_LOSES_NOTHING)
        || hold.closed && !has(Flaw.A_CLOSED_HOLDER_GOES_ON)) {
      if (has(Flaw.A_LOST_HOLDER_MAY_TRY_AGAIN)) {
        throw new io.queueruntime.QueueRuntimeException.SessionLocked(
            queue.name.value(), "Try again.", null);
      }
      throw new SessionLockLost(
          queue.name.value(), "Session '" + hold.sessionId + "' is no longer held.");
    }
  }

  Instant renew(PlainHold hold) {
    if (!has(Flaw.A_LOST_HOLDER_RENEWS)) {
      checkHeld(hold);
    }
    Instant until = queue.deliveries.renewed(hold.until);
    hold.renewals++;
    if (has(Flaw.RENEWING_WORKS_ONCE) && hold.renewals > 1) {
      until = hold.until;
    }
    hold.until = until;
    if (has(Flaw.RENEWING_RENEWS_ALL)) {
      holds.values().forEach(other -> other.until = hold.until);
    } else if (has(Flaw.RENEWING_A_SESSION_LEAVES_ITS_MESSAGES)) {
      return hold.until;
    }
    queue.deliveries.renewAll(hold);
    return hold.until;
  }

  void release(PlainHold hold) {
    boolean mine = !hold.lost && !hold.closed;
    if (!mine && has(Flaw.CLOSING_FREES_WHOEVER_HOLDS)) {
      holds.remove(hold.sessionId);
    } else if (mine) {
      hold.closed = true;
      if (has(Flaw.CLOSING_FREES_NOTHING)) {
        return;
      }
      holds.remove(hold.sessionId);
      List<PlainMessage> unsettled = queue.deliveries.heldBy(hold);
      for (PlainMessage message : unsettled) {
        queue.deliveries.giveBack(message, has(Flaw.CLOSING_COUNTS), java.time.Duration.ZERO);
      }
      if (has(Flaw.CLOSING_COMPLETES)) {
        unsettled.forEach(queue.deliveries::remove);
      } else if (has(Flaw.CLOSING_BRINGS_BACK_WHAT_WAS_SETTLED) && hold.received > 0) {
        hold.completed.forEach(queue.deliveries::bringBack);
      } else if (has(Flaw.CLOSING_ENDS_BACK_OFFS)) {
        queue.ofSession(hold.sessionId).forEach(m -> m.notBefore = Instant.MIN);
      } else if (has(Flaw.CLOSING_CLEARS_THE_STATE)) {
        states.remove(hold.sessionId);
      }
      store.stir(Flaw.NO_WAKE_UP_WHEN_A_SESSION_IS_CLOSED);
    }
  }

  void endLocks() {
    if (has(Flaw.SESSION_LOCKS_NEVER_END)) {
      return;
    }
    List<PlainHold> ended =
        holds.values().stream().filter(hold -> !hold.until.isAfter(store.now)).toList();
    if (has(Flaw.LOCKS_END_TOGETHER) && !ended.isEmpty()) {
      ended = List.copyOf(holds.values());
    }
    ended.forEach(this::lose);
    if (has(Flaw.RENEWING_A_SESSION_LEAVES_ITS_MESSAGES)) {
      holds
          .values()
          .forEach(
              hold ->
                  queue.deliveries.heldBy(hold).stream()
                      .filter(m -> !m.lockedUntil.isAfter(store.now))
                      .forEach(queue.deliveries::lostWithSession));
    }
  }

  private void lose(PlainHold hold) {
    hold.lost = true;
    holds.remove(hold.sessionId);
    queue.deliveries.heldBy(hold).forEach(queue.deliveries::lostWithSession);
    if (has(Flaw.LOSING_CLEARS_THE_STATE)) {
      states.remove(hold.sessionId);
    }
    store.stir(Flaw.NO_WAKE_UP_WHEN_A_SESSION_IS_LOST);
  }

  void restart() {
    if (has(Flaw.A_RESTART_KEEPS_SESSIONS_HELD)) {
      return;
    }
    for (PlainHold hold : List.copyOf(holds.values())) {
      hold.closed = true;
      holds.remove(hold.sessionId);
      if (!store.hasAny(
          Flaw.A_RESTART_LOSES_WHAT_IS_HELD, Flaw.A_RESTART_KEEPS_LOCKS, Flaw.A_RESTART_COUNTS)) {
        queue
            .deliveries
            .heldBy(hold)
            .forEach(m -> queue.deliveries.giveBack(m, false, java.time.Duration.ZERO));
      }
    }
  }
}
