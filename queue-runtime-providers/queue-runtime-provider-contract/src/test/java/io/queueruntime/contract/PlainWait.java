package io.queueruntime.contract;

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Somebody who waits for something to become possible in a {@link PlainQueue}. Confined to the
 * store's lock.
 */
final class PlainWait<T> {

  enum For {
    MESSAGES,
    SESSION,
    ROOM
  }

  final For what;
  final long call;
  final CompletableFuture<T> future;
  final Instant deadline;
  private final PlainStore store;
  private final Supplier<Optional<T>> attempt;
  private final Supplier<T> onTimeout;

  PlainWait(
      PlainStore store,
      For what,
      CompletableFuture<T> future,
      Instant deadline,
      Supplier<Optional<T>> attempt,
      Supplier<T> onTimeout) {
    this.store = store;
    this.what = what;
    this.call = store.call;
    this.future = future;
    this.deadline = deadline;
    this.attempt = attempt;
    this.onTimeout = onTimeout;
  }

  /** Tries to serve the waiting one; true when he waits no more. */
  boolean served() {
    if (future.isDone()) {
      return !store.has(Flaw.WHO_GAVE_UP_STILL_TAKES) || triesInVain();
    }
    try {
      Optional<T> answer = attempt.get();
      answer.ifPresent(future::complete);
      return answer.isPresent();
    } catch (RuntimeException e) {
      future.completeExceptionally(e);
      return true;
    }
  }

  private boolean triesInVain() {
    try {
      return attempt.get().isPresent();
    } catch (RuntimeException e) {
      return true;
    }
  }

  void timeOut() {
    try {
      future.complete(onTimeout.get());
    } catch (RuntimeException e) {
      future.completeExceptionally(e);
    }
  }
}
