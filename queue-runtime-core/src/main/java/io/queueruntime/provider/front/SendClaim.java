package io.queueruntime.provider.front;

import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import io.queueruntime.QueueRuntimeException.Throttled;
import io.queueruntime.message.QueueName;
import io.queueruntime.provider.TransientRetry;
import io.queueruntime.store.Claim;
import io.queueruntime.store.CopyId;
import io.queueruntime.store.DuplicateWindow;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * What one copy hears of the duplicate window that is about to be sent. Where another copy is in
 * doubt, the window is asked again until that is decided, at most for as long as a send may take.
 *
 * <p>Thread-safe.
 */
final class SendClaim {

  /**
   * How much longer than a send a claim holds others off. Should it run out all the same before the
   * message was sent, nothing is lost: whoever receives decides which copy counts.
   */
  private static final Duration LEASE_MARGIN = Duration.ofSeconds(5);

  private static final Duration PAUSE_MIN = Duration.ofMillis(20);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(1);

  /** What is to become of the message. */
  sealed interface Verdict {

    /** It is to be sent, with that mark. */
    record Send(CopyMark mark) implements Verdict {}

    /** It is not to be sent: another copy was. */
    record Duplicate() implements Verdict {}

    /** It is not to be sent: which of the two it is could not be found out. */
    record Failed(Throwable why) implements Verdict {}
  }

  private final QueueName queue;
  private final String id;
  private final Duration length;
  private final FrontHost host;
  private final DuplicateWindow window;
  private final CopyId copy = CopyId.random();
  private final long endNanos;
  private final CompletableFuture<Void> answered = new CompletableFuture<>();
  private final CompletableFuture<Verdict> decided = new CompletableFuture<>();

  /**
   * Asks for nothing yet.
   *
   * @param length of the queue's window
   */
  SendClaim(QueueName queue, String id, Duration length, FrontHost host, DuplicateWindow window) {
    this.queue = queue;
    this.id = id;
    this.length = length;
    this.host = host;
    this.window = window;
    this.endNanos = host.time().nanos() + host.sendTimeout().toNanos();
  }

  /** Completes with the first answer, though it may have left the copy in doubt. */
  CompletableFuture<Void> answered() {
    return answered;
  }

  /** What is to become of the message; never fails. */
  CompletableFuture<Verdict> decided() {
    return decided;
  }

  /** Asks for the first time. */
  void ask() {
    ask(PAUSE_MIN);
  }

  private void ask(Duration pause) {
    window
        .claim(queue, id, copy, host.sendTimeout().plus(LEASE_MARGIN))
        .whenComplete(
            (claim, failure) -> {
              if (failure == null) {
                heard(claim, pause);
              } else {
                failed(TransientRetry.unwrap(failure), pause);
              }
            });
  }

  private void heard(Claim claim, Duration pause) {
    switch (claim.outcome()) {
      case DUPLICATE -> decide(new Verdict.Duplicate());
      // The window is counted from when the claim was granted, not from when it was asked for:
      // that is how receivers tell a copy of the next window.
      case CLAIMED, CONFIRMED -> decide(new Verdict.Send(new CopyMark(copy, windowEnd())));
      case IN_DOUBT -> {
        if (isOver()) {
          decide(new Verdict.Failed(inDoubt(claim.until())));
        } else {
          answered.complete(null);
          again(shorter(pause, Duration.between(host.time().now(), claim.until())), pause);
        }
      }
    }
  }

  private Instant windowEnd() {
    return Instant.ofEpochMilli(host.time().millis() + length.toMillis());
  }

  private void failed(Throwable failure, Duration pause) {
    if (failure instanceof Throttled && !isOver()) {
      again(pause, pause);
      return;
    }
    window.release(queue, id, copy); // it may have happened all the same
    decide(new Verdict.Failed(failure));
  }

  private boolean isOver() {
    return host.time().nanos() >= endNanos;
  }

  /**
   * On the machine's own clock, so that it is also heard that the provider was closed meanwhile.
   */
  private void again(Duration wait, Duration pause) {
    Duration longer = shorter(pause.multipliedBy(2), PAUSE_MAX);
    CompletableFuture.delayedExecutor(
            Math.max(1, wait.toNanos()), TimeUnit.NANOSECONDS, host.callbacks())
        .execute(
            () -> {
              if (host.isClosed()) {
                decide(new Verdict.Failed(host.closed(queue)));
              } else {
                ask(longer);
              }
            });
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private OperationTimedOut inDoubt(Instant until) {
    return new OperationTimedOut(
        queue.value(),
        "Cannot send message '%s' to queue '%s': another sender has begun to send one with that id and has not said for %s whether it arrived. That is decided when the message is received, or at %s; send it again then."
            .formatted(id, queue, host.sendTimeout(), until),
        null);
  }

  private void decide(Verdict verdict) {
    decided.complete(verdict);
    answered.complete(null);
  }

  // Once it was sent

  /** The message has arrived; false when another copy counts. */
  CompletableFuture<Boolean> confirm(CopyMark mark) {
    return window.confirm(queue, id, copy, mark.until());
  }

  /** The message has not arrived. */
  CompletableFuture<Boolean> release() {
    return window.release(queue, id, copy);
  }
}
