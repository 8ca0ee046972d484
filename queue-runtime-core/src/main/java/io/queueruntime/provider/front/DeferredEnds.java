package io.queueruntime.provider.front;

import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.Settlement;
import io.queueruntime.store.LeasedMessage;
import io.queueruntime.store.StoredMessages;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * How deferred messages that were taken end: they are removed, let go, or moved to the dead-letter
 * queue, where they are before they are removed here.
 *
 * <p>Thread-safe. Futures complete with false where somebody else has taken the message since.
 */
final class DeferredEnds {

  private final Front front;
  private final FrontHost host;
  private final StoredMessages deferred;

  /** What is being let go, so that who asks for it next waits for that. */
  private final Map<SequenceNumber, CompletableFuture<?>> underWay = new ConcurrentHashMap<>();

  DeferredEnds(Front front, FrontHost host, StoredMessages deferred) {
    this.front = front;
    this.host = host;
    this.deferred = deferred;
  }

  /** Completes once nothing of these is being let go. */
  CompletableFuture<Void> settled(Collection<SequenceNumber> numbers) {
    CompletableFuture<?>[] ends =
        numbers.stream()
            .map(number -> underWay.getOrDefault(number, CompletableFuture.completedFuture(null)))
            .toArray(CompletableFuture[]::new);
    return CompletableFuture.allOf(ends).handle((done, failure) -> null);
  }

  /** As the receiver says; what fails too often is dead-lettered. */
  CompletableFuture<Boolean> end(DeferredHold hold, Settlement settlement) {
    if (settlement instanceof Settlement.Complete) {
      return deferred.remove(hold.lease);
    } else if (settlement instanceof Settlement.Release) {
      return letGo(hold, false);
    } else if (settlement instanceof Settlement.Defer) {
      return letGo(hold, true);
    } else if (settlement instanceof Settlement.DeadLetter letter) {
      hold.failed(host.time().now());
      return bury(hold, letter.reason(), letter.description(), letter.exceptionClass());
    }
    return giveUp(hold);
  }

  /** A delivery that counts has ended: it can be taken again, or was often enough. */
  CompletableFuture<Boolean> giveUp(DeferredHold hold) {
    hold.failed(host.time().now());
    return isLast(hold.deliveries) ? buryAsFailed(hold) : letGo(hold, true);
  }

  /** Whether it was taken more often than is allowed, as those who had it have crashed. */
  boolean isTooMany(DeferredHold hold) {
    return isLast(hold.deliveries - 1);
  }

  private boolean isLast(int deliveries) {
    return front.queue().known() && deliveries >= front.queue().options().maxDeliveryCount();
  }

  /** It was delivered as often as is allowed. */
  CompletableFuture<Boolean> buryAsFailed(DeferredHold hold) {
    int max = front.queue().options().maxDeliveryCount();
    return bury(
        hold,
        DeadLetterDetails.MAX_DELIVERY_COUNT_EXCEEDED,
        "It was delivered %d times, of which %d are allowed, and none of them was completed; it was deferred meanwhile."
            .formatted(Math.min(hold.deliveries, max), max),
        null);
  }

  /** Its life is over. */
  CompletableFuture<Boolean> expire(LeasedMessage lease, KeptMessage message) {
    if (!front.queue().options().deadLetterOnExpiration()) {
      return deferred.remove(lease);
    }
    return bury(
        lease,
        message,
        new Letter(
            DeadLetterDetails.TIME_TO_LIVE_EXPIRED,
            "Its time to live ended at %s, when it was deferred.".formatted(message.expires()),
            null,
            message.deliveries(),
            message.firstFailure(),
            host.time().now()));
  }

  private CompletableFuture<Boolean> bury(
      DeferredHold hold,
      String reason,
      @Nullable String description,
      @Nullable String exceptionClass) {
    return bury(
        hold.lease,
        hold.message,
        new Letter(
            reason,
            description,
            exceptionClass,
            hold.deliveries,
            hold.firstFailure,
            host.time().now()));
  }

  private CompletableFuture<Boolean> bury(LeasedMessage lease, KeptMessage message, Letter letter) {
    return tracked(
        message.sequenceNumber(),
        host.bury(front.queue(), message, letter).thenCompose(done -> deferred.remove(lease)));
  }

  /**
   * Others can take it again.
   *
   * @param counted whether it was a delivery
   */
  CompletableFuture<Boolean> letGo(DeferredHold hold, boolean counted) {
    host.history()
        .note(
            historyOf(front.queue().name()), hold.message.sequenceNumber(), hold.history(counted));
    return release(hold.lease);
  }

  /** Others can take it again. */
  CompletableFuture<Boolean> release(LeasedMessage lease) {
    return tracked(lease.message().number(), deferred.release(lease));
  }

  private CompletableFuture<Boolean> tracked(
      SequenceNumber number, CompletableFuture<Boolean> end) {
    underWay.put(number, end);
    end.whenComplete((done, failure) -> underWay.remove(number, end));
    return end;
  }

  /** Under what name deliveries of deferred messages are counted: none that a broker has. */
  static String historyOf(QueueName queue) {
    return "deferred\n" + queue;
  }
}
