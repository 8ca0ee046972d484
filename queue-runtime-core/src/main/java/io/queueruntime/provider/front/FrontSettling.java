package io.queueruntime.provider.front;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.Settlement;
import io.queueruntime.provider.TransientRetry;
import io.queueruntime.store.StoredMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * How the deliveries that a front has handed out end. A lock that has run out ends before anything
 * is said to the broker, which would take it.
 *
 * <p>Confined to its front's mutex, but for the methods that say otherwise.
 */
final class FrontSettling {

  private final Front front;
  private final FrontHost host;

  FrontSettling(Front front, FrontHost host) {
    this.front = front;
    this.host = host;
  }

  /** Takes the front's mutex itself. */
  CompletableFuture<Void> settle(
      @Nullable SessionHold hold, ReceivedMessage<?> message, Settlement settlement) {
    CompletableFuture<Void> settled = new CompletableFuture<>();
    front.locked(
        () -> {
          try {
            Deferral deferral = front.deferral();
            if (deferral != null && deferral.holds().settle(hold, message, settlement, settled)) {
              return;
            }
            Holding holding = locked(hold, message, "settle");
            if (settlement instanceof Settlement.Defer) {
              setAside(holding, deferral, settled);
              return;
            }
            unlock(holding);
            end(holding, settlement, settled);
          } catch (QueueRuntimeException e) {
            front.fail(settled, e);
          }
        });
    return settled;
  }

  /** Takes the front's mutex itself. */
  CompletableFuture<Instant> renew(ReceivedMessage<?> message) {
    CompletableFuture<Instant> renewed = new CompletableFuture<>();
    front.locked(
        () -> {
          try {
            Deferral deferral = front.deferral();
            if (deferral != null && deferral.holds().renew(message, renewed)) {
              return;
            }
            Holding holding = locked(null, message, "renew");
            holding.cancelAlarm();
            Duration lock = front.queue().options().lockDuration();
            Instant until = host.time().now().plus(lock);
            holding.lockedUntil = until;
            holding.lockedUntilNanos = host.time().nanos() + lock.toNanos();
            LockToken token = message.lockToken().orElseThrow();
            holding.alarm =
                host.time().after(lock, () -> front.locked(() -> lockEnded(holding, token)));
            front.tell(() -> renewed.complete(until));
          } catch (QueueRuntimeException e) {
            front.fail(renewed, e);
          }
        });
    return renewed;
  }

  /** Whether the message is still held. Takes the front's mutex itself. */
  CompletableFuture<Void> check(SessionHold hold, ReceivedMessage<?> message) {
    CompletableFuture<Void> checked = new CompletableFuture<>();
    front.locked(
        () -> {
          try {
            Deferral deferral = front.deferral();
            if (deferral == null || deferral.holds().find(hold, message) == null) {
              locked(hold, message, "renew");
            }
            front.tell(() -> checked.complete(null));
          } catch (QueueRuntimeException e) {
            front.fail(checked, e);
          }
        });
    return checked;
  }

  /** The delivery that the message's token stands for, whose lock has not ended. */
  Holding locked(@Nullable SessionHold hold, ReceivedMessage<?> message, String doing) {
    QueueName queue = front.queue().name();
    if (front.isClosed()) {
      throw host.closed(queue);
    }
    if (hold != null) {
      front.sessions().check(hold);
      if (hold.ended != null) {
        throw front.sessions().over(hold);
      }
    }
    Lane lane = hold == null ? front.lanes().of(null) : hold.lane;
    LockToken token = message.lockToken().orElse(null);
    Holding holding = token == null ? null : lane.locked.get(token);
    if (holding != null && hold == null && holding.lockedUntilNanos <= host.time().nanos()) {
      lockEnded(holding, holding.token);
      holding = null;
    }
    front.lanes().dropIfUnused(lane);
    if (holding != null) {
      return holding;
    }
    if (token != null && front.lostTokens().has(token)) {
      throw new LockLost(
          queue.value(),
          "Cannot %s message '%s' of queue '%s': its lock ended at %s, or the connection to %s did. It is delivered again; shorten the handler or raise lock-duration."
              .formatted(
                  doing,
                  message.messageId(),
                  queue,
                  message.lockedUntil().map(Instant::toString).orElse("an unknown time"),
                  host.broker()));
    }
    throw new InvalidReceipt(
        queue.value(),
        "Cannot %s message '%s' of queue '%s': it was settled before, or was not received here."
            .formatted(doing, message.messageId(), queue));
  }

  private void unlock(Holding holding) {
    LockToken token = holding.token;
    if (token != null) {
      holding.lane().locked.remove(token);
    }
    holding.token = null;
    holding.cancelAlarm();
  }

  private void end(Holding holding, Settlement settlement, CompletableFuture<Void> settled) {
    if (settlement instanceof Settlement.Complete) {
      acknowledge(holding, settled);
    } else if (settlement instanceof Settlement.Release) {
      holding.deliveries--;
      putBack(holding, Duration.ZERO);
      front.tell(() -> settled.complete(null));
    } else if (settlement instanceof Settlement.DeadLetter letter && !front.isDeadLetters()) {
      failed(holding);
      deadLetter(holding, letter.reason(), letter.description(), letter.exceptionClass(), settled);
    } else {
      Duration delay =
          settlement instanceof Settlement.Abandon abandon ? abandon.delay() : Duration.ZERO;
      giveUp(holding, delay, settled);
    }
  }

  /** Into the state store first, then away from the broker: a crash in between leaves both. */
  private void setAside(
      Holding holding, @Nullable Deferral deferral, CompletableFuture<Void> settled) {
    if (deferral == null) {
      throw host.store().isEmpty()
          ? host.unsupported(front.queue().name(), Capability.DEFER)
          : new ValidationFailed(
              front.queue().name().value(),
              "Cannot defer message '%s' of the dead letters of queue '%s': dead letters stay where they are until they are replayed or removed."
                  .formatted(holding.message().messageId(), front.queue().name()));
    }
    StoredMessage stored = deferral.formOf(holding); // one that is too large stays locked
    unlock(holding);
    front.settlingBegins();
    front.tell(
        () ->
            deferral
                .put(stored)
                .whenCompleteAsync(
                    (isNew, failure) ->
                        moved(
                            holding,
                            "defer",
                            failure,
                            settled,
                            () -> acknowledge(holding, settled)),
                    host.callbacks()));
  }

  private void acknowledge(Holding holding, CompletableFuture<Void> settled) {
    front.lanes().dropIfUnused(holding.lane());
    front.afterwards(
        () ->
            holding
                .delivery()
                .acknowledge()
                .whenComplete(
                    (said, failure) ->
                        host.callbacks()
                            .execute(() -> acknowledged(holding, settled, said, failure))));
  }

  private void acknowledged(
      Holding holding,
      CompletableFuture<Void> settled,
      @Nullable Boolean said,
      @Nullable Throwable failure) {
    QueueName queue = front.queue().name();
    String doing =
        "complete message '%s' of queue '%s'".formatted(holding.message().messageId(), queue);
    if (failure != null) {
      settled.completeExceptionally(host.failure(queue, doing, failure));
    } else if (Boolean.TRUE.equals(said)) {
      settled.complete(null);
    } else {
      front.locked(() -> front.arrivals().ended(holding));
      settled.completeExceptionally(
          new LockLost(
              queue.value(),
              "Cannot %s: the connection to %s that it came through has ended. It is delivered again."
                  .formatted(doing, host.broker())));
    }
  }

  private void failed(Holding holding) {
    holding.failures++;
    if (holding.firstFailure == null) {
      holding.firstFailure = host.time().now();
    }
  }

  /** A delivery that counts has ended: the message comes again, or was there often enough. */
  private void giveUp(Holding holding, Duration delay, CompletableFuture<Void> settled) {
    failed(holding);
    int max = front.queue().options().maxDeliveryCount();
    if (!front.isDeadLetters() && front.queue().known() && holding.deliveries >= max) {
      deadLetter(
          holding,
          DeadLetterDetails.MAX_DELIVERY_COUNT_EXCEEDED,
          "It was delivered %d times, of which %d are allowed, and none of them was completed."
              .formatted(holding.deliveries, max),
          null,
          settled);
      return;
    }
    putBack(holding, delay);
    front.tell(() -> settled.complete(null));
  }

  private void putBack(Holding holding, Duration delay) {
    holding.token = null;
    if (front.isGone()) {
      return;
    }
    // the one it was in may have been dropped meanwhile
    Lane lane = front.lanes().of(holding.lane().session);
    holding.moveTo(lane);
    holding.notBeforeNanos = 0;
    lane.waiting.put(holding.place(), holding);
    if (!delay.isZero()) {
      front.handing().holdBack(holding, delay);
    }
    if (front.isClosed()) {
      lane.waiting.remove(holding.place());
      front.feeding().giveBack(holding);
      return;
    }
    if (front.feeding().returnsOne()
        && delay.isZero()
        && !front.feeding().isWanted(holding.feed())) {
      if (lane.receives.isEmpty()) {
        // nobody here wants more of this queue: somebody elsewhere may
        lane.waiting.remove(holding.place());
        front.feeding().giveBack(holding);
        return;
      }
    }
    front.handing().serve(lane);
    front.sessions().served();
  }

  /** Nobody took what was handed out: it was no delivery. */
  void takeBack(Lane lane, LockToken token) {
    Holding holding = lane.locked.get(token);
    if (holding != null) {
      unlock(holding);
      holding.deliveries--;
      putBack(holding, Duration.ZERO);
    }
  }

  /** A lock has run out. */
  void lockEnded(Holding holding, @Nullable LockToken token) {
    if (token == null || holding.lane().locked.get(token) != holding) {
      return;
    }
    front.lostTokens().add(token);
    unlock(holding);
    giveUp(holding, Duration.ZERO, new CompletableFuture<>());
  }

  /** The life of a message is over. */
  void expire(Holding holding) {
    holding.cancelAlarm();
    if (front.queue().options().deadLetterOnExpiration()) {
      deadLetter(
          holding,
          DeadLetterDetails.TIME_TO_LIVE_EXPIRED,
          "Its time to live ended at %s.".formatted(holding.message().expires()),
          null,
          new CompletableFuture<>());
    } else {
      front.afterwards(() -> holding.delivery().acknowledge());
    }
  }

  private void deadLetter(
      Holding holding,
      String reason,
      @Nullable String description,
      @Nullable String exceptionClass,
      CompletableFuture<Void> settled) {
    front.settlingBegins();
    Letter letter =
        new Letter(
            reason,
            description,
            exceptionClass,
            holding.deliveries,
            holding.firstFailure,
            host.time().now());
    front.tell(
        () ->
            holding
                .delivery()
                .deadLetter(letter)
                .whenComplete(
                    (said, failure) ->
                        moved(
                            holding,
                            "dead-letter",
                            failure,
                            settled,
                            () -> {
                              front.lanes().dropIfUnused(holding.lane());
                              front.tell(() -> acknowledged(holding, settled, said, null));
                            })));
  }

  /** A copy was made elsewhere, or it was not: then nothing has become of the message. */
  private void moved(
      Holding holding,
      String doing,
      @Nullable Throwable failure,
      CompletableFuture<Void> settled,
      Runnable next) {
    front.locked(
        () -> {
          front.settlingEnds();
          if (failure == null) {
            next.run();
            return;
          }
          // not lost: it stays where it is, and fails again
          putBack(holding, Duration.ofSeconds(1));
          QueueName queue = front.queue().name();
          front.fail(
              settled,
              host.failure(
                  queue,
                  "%s message '%s' of queue '%s'"
                      .formatted(doing, holding.message().messageId(), queue),
                  TransientRetry.unwrap(failure)));
        });
  }
}
