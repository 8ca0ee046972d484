package io.queueruntime.listener;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.observation.ListenerMeters;
import io.queueruntime.observation.Observed;
import io.queueruntime.observation.QueueObservations;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import io.queueruntime.provider.TransientRetry;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only caller of {@link QueueReceiver#settle}: tries again what may pass, tells what happened,
 * and is where a lost lock ends.
 *
 * <p>Where the broker cannot give a message back with a delay, the settler holds the settlement
 * back for that long instead, up to a limit; the message stays locked meanwhile, and its session in
 * order.
 *
 * <p>Thread-safe; never blocks.
 */
final class Settler {

  private static final Logger log = LoggerFactory.getLogger(Settler.class);

  private final String listener;
  private final ListenerMeters meters;
  private final QueueObservations observations;
  private final TransientRetry retry;
  private final boolean delaysAtBroker;
  private final Duration longestOwnDelay;
  private final Set<CompletableFuture<Void>> heldBack = ConcurrentHashMap.newKeySet();
  private volatile boolean holdsBack = true;

  /**
   * @param longestOwnDelay how long a settlement may be held back where the broker knows no delays
   */
  Settler(
      String listener,
      ListenerMeters meters,
      QueueObservations observations,
      TransientRetry retry,
      boolean delaysAtBroker,
      Duration longestOwnDelay) {
    this.listener = listener;
    this.meters = meters;
    this.observations = observations;
    this.retry = retry;
    this.delaysAtBroker = delaysAtBroker;
    this.longestOwnDelay = longestOwnDelay;
  }

  /**
   * Ends a delivery; the future fails as {@link QueueReceiver#settle} does, and need not be looked
   * at.
   */
  CompletableFuture<Void> settle(
      QueueReceiver receiver,
      ReceivedMessage<?> message,
      Settlement settlement,
      @Nullable Observed parent) {
    if (settlement instanceof Settlement.Abandon abandon
        && !abandon.delay().isZero()
        && !delaysAtBroker) {
      return heldBack(abandon.delay())
          .thenCompose(waited -> settleNow(receiver, message, Settlement.abandon(), parent));
    }
    return settleNow(receiver, message, settlement, parent);
  }

  /** For how long the settlement will be held back before the broker is asked. */
  Duration holdsFor(Settlement settlement) {
    if (delaysAtBroker || !(settlement instanceof Settlement.Abandon abandon)) {
      return Duration.ZERO;
    }
    return abandon.delay().compareTo(longestOwnDelay) < 0 ? abandon.delay() : longestOwnDelay;
  }

  private CompletableFuture<Void> heldBack(Duration delay) {
    CompletableFuture<Void> waiting = new CompletableFuture<>();
    heldBack.add(waiting);
    waiting.whenComplete((value, error) -> heldBack.remove(waiting));
    if (!holdsBack) {
      waiting.complete(null);
    }
    long nanos = Math.min(delay.toNanos(), longestOwnDelay.toNanos());
    return waiting.completeOnTimeout(null, nanos, TimeUnit.NANOSECONDS);
  }

  /** Settles everything that is held back now, and holds nothing back from now on. */
  void holdNothingBack() {
    holdsBack = false;
    heldBack.forEach(waiting -> waiting.complete(null));
  }

  private CompletableFuture<Void> settleNow(
      QueueReceiver receiver,
      ReceivedMessage<?> message,
      Settlement settlement,
      @Nullable Observed parent) {
    String name = nameOf(settlement);
    Observed observation = observations.settle(listener, message, name, parent);
    CompletableFuture<Void> settled =
        retry.call(
            () -> receiver.settle(message, settlement),
            failure -> {},
            failure -> noted(failure, name, message));
    settled.whenComplete(
        (value, error) -> {
          if (error == null) {
            meters.settled(name);
          } else {
            Throwable failure = TransientRetry.unwrap(error);
            observation.error(failure);
            tell(message, name, failure);
          }
          observation.stop();
        });
    return settled;
  }

  private static Throwable noted(Throwable failure, String name, ReceivedMessage<?> message) {
    return failure instanceof QueueRuntimeException known
        ? known.during(name, message.messageId())
        : failure;
  }

  private void tell(ReceivedMessage<?> message, String name, Throwable failure) {
    if (failure instanceof LockLost || failure instanceof SessionLockLost) {
      lockLost(message, failure);
      return;
    }
    meters.settleFailed();
    log.error(
        "Listener '{}' could not {} message '{}' (sequence number {}) of queue '{}'; it is delivered again once its lock"
            + " has run out.",
        listener,
        name,
        message.messageId(),
        message.sequenceNumber(),
        message.queue(),
        failure);
  }

  /** No answer came: the broker may or may not have settled. */
  void overdue(ReceivedMessage<?> message, Duration limit) {
    meters.settleFailed();
    log.error(
        "Listener '{}' got no answer within {} to the settlement of message '{}' (sequence number {}) of queue '{}'; it"
            + " may be delivered again.",
        listener,
        limit,
        message.messageId(),
        message.sequenceNumber(),
        message.queue());
  }

  /**
   * Where a lost lock ends, whoever found out: nothing can be settled, the broker delivers again.
   */
  void lockLost(ReceivedMessage<?> message, Throwable cause) {
    meters.lockLost();
    log.warn(
        "Listener '{}' lost the lock on message '{}' (sequence number {}) of queue '{}'; nothing is settled, it is"
            + " delivered again. Shorten the handler, or raise lock-duration or max-lock-renewal. {}",
        listener,
        message.messageId(),
        message.sequenceNumber(),
        message.queue(),
        cause.getMessage());
  }

  static String nameOf(Settlement settlement) {
    if (settlement instanceof Settlement.Complete) {
      return "complete";
    }
    if (settlement instanceof Settlement.Abandon) {
      return "abandon";
    }
    if (settlement instanceof Settlement.DeadLetter) {
      return "dead-letter";
    }
    return settlement instanceof Settlement.Defer ? "defer" : "release";
  }
}
