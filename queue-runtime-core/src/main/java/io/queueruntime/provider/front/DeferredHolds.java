package io.queueruntime.provider.front;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.provider.Settlement;
import io.queueruntime.provider.TransientRetry;
import io.queueruntime.store.StoredMessages;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The deferred messages that receivers of this process have, each until it is settled or its lock
 * ends: its own, or that of its session. The lock is the lease in the state store, and ends here
 * before the store gives it to somebody else.
 *
 * <p>Confined to its front's mutex.
 */
final class DeferredHolds {

  private final Front front;
  private final FrontHost host;
  private final StoredMessages deferred;
  private final DeferredEnds ends;
  private final Map<LockToken, DeferredHold> held = new HashMap<>();

  DeferredHolds(Front front, FrontHost host, StoredMessages deferred, DeferredEnds ends) {
    this.front = front;
    this.host = host;
    this.deferred = deferred;
    this.ends = ends;
  }

  int size() {
    return held.size();
  }

  /**
   * Takes one in.
   *
   * @param asked when the store was asked for it, on the ticker
   */
  void add(DeferredHold hold, long asked) {
    lock(hold, asked);
    held.put(hold.token, hold);
  }

  /**
   * Whether anything can be received or settled.
   *
   * @throws QueueRuntimeException that says why not
   */
  void check(@Nullable SessionHold session) {
    if (front.isClosed()) {
      throw host.closed(name());
    }
    if (session != null) {
      front.sessions().check(session);
      if (session.ended != null) {
        throw front.sessions().over(session);
      }
    }
    if (front.isGone()) {
      throw front.over();
    }
  }

  /** For how long a message is taken. */
  Duration lease() {
    Duration lock = front.queue().options().lockDuration();
    return lock.compareTo(StoredMessages.MAX_LEASE) < 0 ? lock : StoredMessages.MAX_LEASE;
  }

  private void lock(DeferredHold hold, long fromNanos) {
    hold.cancelAlarm();
    SessionHold session = hold.session;
    if (session != null) {
      hold.lockedUntil = session.lockedUntil;
      hold.lockedUntilNanos = session.lockedUntilNanos;
      return;
    }
    hold.lockedUntilNanos = fromNanos + lease().toNanos();
    Duration left = Duration.ofNanos(Math.max(0, hold.lockedUntilNanos - host.time().nanos()));
    hold.alarm = host.time().after(left, () -> front.locked(() -> lockEnded(hold)));
  }

  // How it ends

  /** Ends a delivery; false when the message is none that was deferred. */
  boolean settle(
      @Nullable SessionHold session,
      ReceivedMessage<?> message,
      Settlement settlement,
      CompletableFuture<Void> settled) {
    DeferredHold hold = find(session, message);
    if (hold == null) {
      return false;
    }
    hold.settling = true;
    front.tell(
        () ->
            ends.end(hold, settlement)
                .whenCompleteAsync(
                    (still, failure) ->
                        front.locked(() -> ended(hold, still, failure, message, settled)),
                    host.callbacks()));
    return true;
  }

  /** The one that the message's token stands for, whose lock has not ended. */
  @Nullable DeferredHold find(@Nullable SessionHold session, ReceivedMessage<?> message) {
    DeferredHold hold = message.lockToken().map(held::get).orElse(null);
    if (hold == null || hold.session != session || hold.settling) {
      return null;
    }
    check(session);
    if (session == null && hold.lockedUntilNanos <= host.time().nanos()) {
      lockEnded(hold);
      return null;
    }
    return hold;
  }

  private void ended(
      DeferredHold hold,
      @Nullable Boolean still,
      @Nullable Throwable failure,
      ReceivedMessage<?> message,
      CompletableFuture<Void> settled) {
    hold.settling = false;
    if (failure != null) {
      // it may be tried again as long as it is locked
      if (hold.session == null && hold.lockedUntilNanos <= host.time().nanos()) {
        lockEnded(hold);
      }
      front.fail(
          settled,
          failureOf(failure, "settle deferred message '%s'".formatted(message.messageId())));
      return;
    }
    drop(hold);
    if (Boolean.TRUE.equals(still)) {
      front.tell(() -> settled.complete(null));
    } else {
      front.lostTokens().add(hold.token);
      front.fail(settled, lost("settle", message));
    }
  }

  private LockLost lost(String doing, ReceivedMessage<?> message) {
    return new LockLost(
        name().value(),
        "Cannot %s deferred message '%s' of queue '%s': its lock ended, and somebody else has taken it since. Shorten the handler or raise lock-duration."
            .formatted(doing, message.messageId(), name()));
  }

  private void drop(DeferredHold hold) {
    hold.cancelAlarm();
    held.remove(hold.token, hold);
  }

  private void lockEnded(DeferredHold hold) {
    if (held.get(hold.token) == hold && !hold.settling) {
      drop(hold);
      front.lostTokens().add(hold.token);
      front.tell(() -> ends.giveUp(hold));
    }
  }

  /** Nobody took what was handed out: it was no delivery. */
  void takeBack(DeferredHold hold) {
    if (held.get(hold.token) == hold && !hold.settling) {
      drop(hold);
      front.tell(() -> ends.letGo(hold, false));
    }
  }

  // Locks

  /** Goes on holding a message; false when it is none that was deferred. */
  boolean renew(ReceivedMessage<?> message, CompletableFuture<Instant> renewed) {
    DeferredHold hold = find(null, message);
    if (hold == null) {
      return false;
    }
    long asked = host.time().nanos();
    front.tell(
        () ->
            deferred
                .renew(hold.lease, lease())
                .whenCompleteAsync(
                    (lease, failure) ->
                        front.locked(
                            () -> {
                              if (failure != null) {
                                front.fail(
                                    renewed,
                                    failureOf(
                                        failure,
                                        "renew deferred message '%s'"
                                            .formatted(message.messageId())));
                              } else if (lease.isEmpty() || held.get(hold.token) != hold) {
                                forget(hold);
                                front.fail(renewed, lost("renew", message));
                              } else {
                                hold.lease = lease.get();
                                hold.lockedUntil = hold.lease.until();
                                lock(hold, asked);
                                front.tell(() -> renewed.complete(hold.lockedUntil));
                              }
                            }),
                    host.callbacks()));
    return true;
  }

  /** Somebody else has it. */
  private void forget(DeferredHold hold) {
    drop(hold);
    front.lostTokens().add(hold.token);
  }

  /** The lock of a session goes on, and with it those of its messages. */
  void renewed(SessionHold session) {
    for (DeferredHold hold : of(session)) {
      lock(hold, 0);
      front.tell(
          () ->
              deferred
                  .renew(hold.lease, lease())
                  .thenAcceptAsync(
                      lease ->
                          front.locked(
                              () ->
                                  lease.ifPresentOrElse(
                                      more -> hold.lease = more, () -> forget(hold))),
                      host.callbacks()));
    }
  }

  /** A session is not held any more. */
  void ended(SessionHold session, SessionHold.Ended how) {
    for (DeferredHold hold : of(session)) {
      if (how == SessionHold.Ended.CLOSED) {
        takeBack(hold);
      } else {
        lockEnded(hold);
      }
    }
  }

  private List<DeferredHold> of(SessionHold session) {
    return held.values().stream().filter(hold -> hold.session == session).toList();
  }

  // How it is over

  /** Lets everything go, uncounted; completes once that is done. */
  CompletableFuture<Void> close() {
    List<CompletableFuture<Boolean>> releases = new ArrayList<>();
    for (DeferredHold hold : List.copyOf(held.values())) {
      if (!hold.settling) {
        drop(hold);
        releases.add(ends.letGo(hold, false));
      }
    }
    return CompletableFuture.allOf(releases.toArray(CompletableFuture[]::new));
  }

  /** Its queue was deleted, and its messages with it. */
  void gone() {
    List.copyOf(held.values()).forEach(this::forget);
    host.history().forget(DeferredEnds.historyOf(name()));
  }

  private QueueName name() {
    return front.queue().name();
  }

  QueueRuntimeException failureOf(@Nullable Throwable failure, String doing) {
    Throwable cause = failure == null ? new IllegalStateException("nothing") : failure;
    return host.failure(
        name(), "%s of queue '%s'".formatted(doing, name()), TransientRetry.unwrap(cause));
  }
}
