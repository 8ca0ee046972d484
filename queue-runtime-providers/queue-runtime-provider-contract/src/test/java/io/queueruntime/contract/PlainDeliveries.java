package io.queueruntime.contract;

import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.contract.PlainMessage.State;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who holds which message of a {@link PlainQueue}, until when, and how it comes back. Confined to
 * the store's lock.
 */
final class PlainDeliveries {

  private final PlainQueue queue;
  private final PlainStore store;
  private final Map<LockToken, PlainMessage> held = new HashMap<>();
  private final Map<LockToken, PlainMessage> lost = new HashMap<>();
  private final Map<LockToken, PlainMessage> lostWithSession = new HashMap<>();
  private final Map<LockToken, PlainMessage> spent = new HashMap<>();
  private final List<PlainMessage> completed = new ArrayList<>();
  private final List<PlainMessage> superseded = new ArrayList<>();

  PlainDeliveries(PlainQueue queue) {
    this.queue = queue;
    this.store = queue.store;
  }

  private boolean has(Flaw flaw) {
    return store.has(flaw);
  }

  void deliver(PlainMessage message, @Nullable PlainHold hold) {
    Duration length =
        has(Flaw.EVERY_LOCK_IS_A_MINUTE) ? Duration.ofMinutes(1) : queue.options.lockDuration();
    if (has(Flaw.LOCKS_ARE_SHORT) && hold == null) {
      length = length.dividedBy(4);
    }
    message.state = State.HELD;
    if (!has(Flaw.COUNTS_NEVER_RISE) || message.count == 0) {
      message.count++;
    }
    if (has(Flaw.EVERY_DELIVERY_COUNTS_FOR_ALL)) {
      queue.main.values().stream()
          .filter(other -> other != message)
          .forEach(other -> other.count++);
    }
    message.hold = hold;
    boolean sameToken = has(Flaw.A_MESSAGE_KEEPS_ITS_TOKEN) && message.lastToken != null;
    message.token = sameToken ? message.lastToken : LockToken.of(UUID.randomUUID());
    message.lastToken = message.token;
    message.lockedUntil = hold == null ? store.now.plus(length) : hold.until;
    held.put(message.token, message);
    if (has(Flaw.DELIVERIES_ARE_NOT_LOCKED)
        || has(Flaw.DEAD_LETTERS_ARE_NOT_LOCKED) && message.subQueue == SubQueue.DEAD_LETTER) {
      message.state = State.READY;
    } else if (has(Flaw.THE_LAST_DELIVERY_IS_DEAD_LETTERED_AT_ONCE)
        && message.subQueue == SubQueue.MAIN
        && message.count > 1
        && message.count >= queue.options.maxDeliveryCount()) {
      queue.deadLetters.tooManyDeliveries(message);
      held.put(message.lastToken, message);
    }
  }

  private PlainMessage held(LockToken token) {
    String name = queue.name.value();
    if (has(Flaw.LATE_HOLDERS_STILL_SETTLE)) {
      PlainMessage late = lost.get(token);
      if (late != null) {
        return late;
      }
    }
    if (lostWithSession.containsKey(token)) {
      if (has(Flaw.A_LOST_HOLDER_SETTLES)) {
        return lostWithSession.get(token);
      }
      throw new SessionLockLost(name, "The message's session is no longer held.");
    } else if (lost.containsKey(token)) {
      if (has(Flaw.LATE_MEANS_INVALID)) {
        throw new InvalidReceipt(name, "Too late.");
      }
      throw new LockLost(
          has(Flaw.ERRORS_TELL_LITTLE) ? "?" : name,
          "The message's lock in queue '" + name + "' has ended.");
    }
    PlainMessage message = held.get(token);
    if (message == null && has(Flaw.ANY_QUEUE_SETTLES)) {
      message =
          store.queues.values().stream()
              .map(other -> other.deliveries.held.get(token))
              .filter(Objects::nonNull)
              .findFirst()
              .orElse(null);
    }
    if (message == null && has(Flaw.SPENT_TOKENS_STILL_WORK)) {
      message = spent.get(token);
    }
    if (message == null) {
      throw new InvalidReceipt(
          has(Flaw.ERRORS_TELL_LITTLE) ? null : name,
          "Queue '" + name + "' knows no such delivery.");
    }
    return message;
  }

  void settle(LockToken token, SequenceNumber number, String id, Settlement settlement) {
    if (has(Flaw.LATE_COMPLETIONS_LOSE_THE_MESSAGE) && lost.containsKey(token)) {
      remove(lost.get(token));
    } else if (has(Flaw.TOKENS_ARE_NOT_NEEDED) && !held.containsKey(token)) {
      PlainMessage any = queue.main.get(number.value());
      if (any != null) {
        remove(any);
        return;
      }
    }
    PlainMessage message = held(token);
    spent.put(token, message);
    if (message.superseded && !has(Flaw.A_SUPERSEDED_MESSAGES_OUTCOME_COUNTS)) {
      if (has(Flaw.COMPLETING_A_SUPERSEDED_MESSAGE_REMOVES_BOTH)) {
        queue
            .main
            .values()
            .removeIf(m -> m.content.deduplicationKey().equals(message.content.deduplicationKey()));
      }
      remove(message);
    } else if (settlement instanceof Settlement.Complete) {
      complete(message, id);
    } else if (settlement instanceof Settlement.Abandon abandon) {
      store.stir(Flaw.NO_WAKE_UP_AFTER_AN_ABANDON);
      giveBack(message, true, abandon.delay());
    } else if (settlement instanceof Settlement.Release) {
      store.stir(Flaw.NO_WAKE_UP_AFTER_A_RELEASE);
      giveBack(message, has(Flaw.RELEASES_COUNT), Duration.ZERO);
      if (has(Flaw.RELEASES_RESET_THE_COUNT)) {
        message.count = 0;
      } else if (has(Flaw.RELEASED_MESSAGES_GO_TO_THE_END)) {
        toTheEnd(message);
      }
    } else if (settlement instanceof Settlement.DeadLetter letter) {
      queue.deadLetters.add(
          message, letter.reason(), letter.description(), letter.exceptionClass());
    } else {
      unlock(message);
      message.state = State.DEFERRED;
    }
    if (has(Flaw.SETTLING_ONE_SETTLES_ALL)) {
      List.copyOf(held.values()).forEach(this::remove);
    }
  }

  private void complete(PlainMessage message, String id) {
    store.stir(Flaw.NO_ROOM_AFTER_A_COMPLETION);
    if (has(Flaw.COMPLETED_MESSAGES_COME_BACK)) {
      return;
    } else if (has(Flaw.COMPLETING_REMOVES_ALL_WITH_THAT_ID)) {
      queue.main.values().removeIf(m -> m.id.equals(id));
    } else if (has(Flaw.COMPLETED_DEAD_LETTERS_STAY) && message.subQueue == SubQueue.DEAD_LETTER) {
      return;
    }
    completed.add(message);
    if (message.hold != null) {
      message.hold.completed.add(message);
    }
    remove(message);
  }

  /** Undoes a removal. */
  void bringBack(PlainMessage message) {
    message.state = State.READY;
    message.superseded = false;
    queue.main.put(message.number, message);
  }

  /** What was completed, for flaws that bring it back. */
  List<PlainMessage> completed() {
    return completed;
  }

  /** What was superseded in work, for flaws that bring it back. */
  List<PlainMessage> superseded() {
    return superseded;
  }

  Instant renew(LockToken token) {
    if (has(Flaw.WHAT_IS_NOT_HELD_IS_RENEWED) && !held.containsKey(token)) {
      return store.now;
    }
    PlainMessage message = held(token);
    if (message.hold != null && !has(Flaw.RENEWING_A_MESSAGE_LEAVES_ITS_SESSION)) {
      return queue.sessions.renew(message.hold);
    }
    Instant until = message.lockedUntil;
    message.lockedUntil = renewed(until);
    message.renewals++;
    if (has(Flaw.RENEWING_COUNTS)) {
      message.count++;
    } else if (has(Flaw.RENEWING_WORKS_ONCE) && message.renewals > 1) {
      message.lockedUntil = until;
    } else if (has(Flaw.RENEWING_RENEWS_ALL)) {
      held.values().forEach(m -> m.lockedUntil = message.lockedUntil);
    }
    return message.lockedUntil;
  }

  Instant renewed(Instant until) {
    Duration length = queue.options.lockDuration();
    if (has(Flaw.RENEWING_DOES_NOTHING)) {
      return until;
    } else if (has(Flaw.RENEWING_ADDS_TO_THE_OLD_END)) {
      return until.plus(length);
    } else if (has(Flaw.RENEWED_LOCKS_NEVER_END)) {
      return store.now.plus(Duration.ofDays(100_000));
    }
    return store.now.plus(length);
  }

  void renewAll(PlainHold hold) {
    heldBy(hold).forEach(m -> m.lockedUntil = hold.until);
  }

  List<PlainMessage> heldBy(PlainHold hold) {
    return held.values().stream()
        .filter(m -> m.hold == hold)
        .sorted(Comparator.comparing(m -> m.number))
        .toList();
  }

  private void unlock(PlainMessage message) {
    held.remove(message.token);
    message.token = null;
    message.hold = null;
    message.lockedUntil = null;
  }

  void remove(PlainMessage message) {
    unlock(message);
    queue.of(message.subQueue).remove(message.number);
    queue.sending.gone(message);
  }

  private void toTheEnd(PlainMessage message) {
    if (queue.main.remove(message.number) != null) {
      message.number = queue.nextNumber();
      queue.main.put(message.number, message);
    }
  }

  void giveBack(PlainMessage message, boolean counted, Duration delay) {
    boolean inSession = message.hold != null;
    unlock(message);
    message.state = State.READY;
    message.notBefore = store.now.plus(backOff(delay));
    if (message.superseded && !has(Flaw.SUPERSEDED_MESSAGES_COME_BACK)) {
      superseded.add(message);
      remove(message);
      return;
    }
    if (counted) {
      message.firstFailure = message.firstFailure == null ? store.now : message.firstFailure;
    } else {
      message.count--;
    }
    int max = queue.options.maxDeliveryCount() + (has(Flaw.ONE_DELIVERY_TOO_MANY) ? 1 : 0);
    boolean main = message.subQueue == SubQueue.MAIN || has(Flaw.DEAD_LETTERS_FAIL_TOO_OFTEN_TOO);
    if (counted && main && message.count >= max && !has(Flaw.NOTHING_FAILS_TOO_OFTEN)) {
      if (has(Flaw.FAILING_TOO_OFTEN_IS_SEEN_LATER)
          || has(Flaw.A_BACK_OFF_COMES_BEFORE_DEAD_LETTERING) && !delay.isZero()) {
        message.notBefore = store.now.plus(delay).plusMillis(100);
        return;
      }
      queue.deadLetters.tooManyDeliveries(message);
    } else if (has(Flaw.RETURNED_MESSAGES_GO_TO_THE_END)) {
      toTheEnd(message);
    } else if (has(Flaw.RETURNED_MESSAGES_GO_TO_THE_FRONT)
        && queue.main.remove(message.number) != null) {
      message.number =
          queue.main.isEmpty()
              ? message.number
              : Math.min(message.number, queue.main.firstKey() - 1);
      queue.main.put(message.number, message);
    } else if (has(Flaw.RETURNED_MESSAGES_LOSE_THEIR_HEADERS)) {
      message.content =
          io.queueruntime.message.OutgoingMessage.of(message.content.body())
              .sessionId(message.content.sessionId().orElse(null))
              .build();
    } else if (has(Flaw.RETURNED_MESSAGES_LIVE_ANEW)) {
      message.expires = queue.schedule.expiry(message);
    } else if (has(Flaw.WHAT_COMES_BACK_TO_A_SESSION_IS_LOST) && inSession) {
      remove(message);
    }
  }

  private Duration backOff(Duration delay) {
    if (has(Flaw.BACK_OFFS_ARE_IGNORED)) {
      return Duration.ZERO;
    } else if (has(Flaw.BACK_OFFS_END_WITH_THE_LOCK)
        && delay.compareTo(queue.options.lockDuration()) > 0) {
      return queue.options.lockDuration();
    } else if (has(Flaw.BACK_OFFS_NEVER_END) && !delay.isZero()) {
      return Duration.ofDays(100_000);
    }
    return delay;
  }

  void endLocks() {
    if (has(Flaw.LOCKS_NEVER_END)) {
      return;
    }
    List<PlainMessage> ended =
        List.copyOf(held.values()).stream()
            .filter(
                m -> m.hold == null && m.lockedUntil != null && !m.lockedUntil.isAfter(store.now))
            .sorted(Comparator.comparing(m -> m.number))
            .toList();
    if (has(Flaw.LOCKS_END_TOGETHER) && !ended.isEmpty()) {
      ended = List.copyOf(held.values());
    }
    ended.forEach(this::lockEnded);
  }

  void lockEnded(PlainMessage message) {
    lost.put(message.token, message);
    store.stir(Flaw.NO_WAKE_UP_WHEN_A_LOCK_ENDS);
    int max = queue.options.maxDeliveryCount();
    if (has(Flaw.THE_END_OF_A_LOCK_COUNTS)) {
      message.count++;
    }
    boolean silent = has(Flaw.THE_END_OF_A_LOCK_NEVER_DEAD_LETTERS) && message.count >= max;
    giveBack(message, !silent, Duration.ZERO);
    if (silent) {
      message.count++;
    } else if (has(Flaw.MESSAGES_WHOSE_LOCKS_END_GO_TO_THE_END)) {
      toTheEnd(message);
    } else if (has(Flaw.MESSAGES_WHOSE_LOCKS_END_ARE_LOST)) {
      queue.of(message.subQueue).remove(message.number);
    }
  }

  void lostWithSession(PlainMessage message) {
    lostWithSession.put(message.token, message);
    if (has(Flaw.A_LOST_SESSION_KEEPS_ITS_MESSAGES)) {
      return;
    }
    giveBack(message, !has(Flaw.A_LOST_SESSION_COUNTS_NOTHING), Duration.ZERO);
    if (has(Flaw.A_LOST_SESSIONS_MESSAGES_GO_TO_THE_END)) {
      toTheEnd(message);
    }
  }

  void expire() {
    queue.main.values().stream()
        .filter(
            m -> m.state == State.READY || has(Flaw.HELD_MESSAGES_EXPIRE) && m.state == State.HELD)
        .filter(m -> m.expires != null && !m.expires.isAfter(store.now))
        .filter(m -> !(has(Flaw.RETURNED_MESSAGES_DO_NOT_EXPIRE) && m.count > 0))
        .filter(
            m -> !(has(Flaw.MESSAGES_IN_BACK_OFF_DO_NOT_EXPIRE) && m.notBefore.isAfter(store.now)))
        .filter(
            m ->
                !(has(Flaw.MESSAGES_IN_SESSIONS_DO_NOT_EXPIRE)
                    && m.content.sessionId().isPresent()))
        .sorted(Comparator.comparing((PlainMessage m) -> m.expires))
        .toList()
        .forEach(queue.deadLetters::expired);
    if (has(Flaw.DEAD_LETTERS_EXPIRE)) {
      queue
          .dead
          .values()
          .removeIf(
              m ->
                  m.content.timeToLive().isPresent()
                      || queue
                          .options
                          .timeToLiveLimit()
                          .filter(life -> !m.deadLetter.lastFailure().plus(life).isAfter(store.now))
                          .isPresent());
    }
  }

  void noticeEndedBackOffs() {
    boolean ended =
        queue.main.values().stream().anyMatch(m -> m.notBefore.equals(store.now) && m.count > 0);
    if (ended) {
      store.stir(Flaw.NO_WAKE_UP_WHEN_A_BACK_OFF_ENDS);
    }
  }

  void restart() {
    for (PlainMessage message :
        List.copyOf(held.values()).stream().sorted(Comparator.comparing(m -> m.number)).toList()) {
      if (has(Flaw.A_RESTART_LOSES_WHAT_IS_HELD)) {
        remove(message);
      } else if (!has(Flaw.A_RESTART_KEEPS_LOCKS)) {
        giveBack(message, has(Flaw.A_RESTART_COUNTS), Duration.ZERO);
      }
    }
    if (!has(Flaw.LATE_HOLDERS_STILL_SETTLE) && !has(Flaw.A_LOST_HOLDER_SETTLES)) {
      lost.clear();
      lostWithSession.clear();
    }
    if (has(Flaw.TOKENS_OUTLIVE_A_RESTART)) {
      queue.main.values().stream()
          .filter(m -> m.lastToken != null)
          .forEach(m -> held.put(m.lastToken, m));
    }
  }
}
