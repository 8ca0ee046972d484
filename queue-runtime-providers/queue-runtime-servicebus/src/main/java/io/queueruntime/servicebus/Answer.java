package io.queueruntime.servicebus;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * An answer of Service Bus as a caller gets it. The SDK's thread that brings it wakes whoever waits
 * for it, without the detour over a callback thread, which would be one more change of threads for
 * each message; what depends on it may block all the same, because it runs on a callback thread or
 * on that of a caller who waited.
 *
 * <p>What it comes to is decided once, by {@link #decide} or by a caller who gives up; whoever did
 * knows it at once, also when the future itself follows a little later.
 *
 * <p>Thread-safe.
 */
class Answer<T> extends CompletableFuture<T> {

  private final Executor callbacks;

  /** Decided here first. Nothing but waiting threads depends on it. */
  private final CompletableFuture<T> outcome = new CompletableFuture<>();

  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicBoolean taken = new AtomicBoolean();

  /**
   * @param callbacks runs what depends on it when nobody waits
   */
  Answer(Executor callbacks) {
    this.callbacks = callbacks;
  }

  /**
   * Starts a call of the SDK; whoever waits for its outcome is woken at once, what depends on it
   * runs on callback threads.
   */
  static <T> Answer<T> of(Executor callbacks, Mono<T> call) {
    return of(callbacks, call, Function.identity());
  }

  /**
   * Starts a call of the SDK.
   *
   * @param failure what a failure means, told on a callback thread before anybody else hears of it
   */
  static <T> Answer<T> of(
      Executor callbacks, Mono<T> call, Function<? super Throwable, ? extends Throwable> failure) {
    Answer<T> answer = new Answer<>(callbacks);
    call.subscribe(
        answer::answer,
        error -> callbacks.execute(() -> answer.completeExceptionally(failure.apply(error))),
        () -> answer.answer(null));
    return answer;
  }

  /** Decides what it comes to, and hands it over; false: that was decided before. */
  final boolean answer(@Nullable T value) {
    boolean first = decide(value);
    if (first) {
      handOver();
    }
    return first;
  }

  /**
   * Decides what it comes to; false: that was decided before. {@link #handOver} has to follow. Runs
   * nothing else, so that it may be called under a lock.
   */
  @SuppressWarnings("NullAway") // T may be Void, whose only value is null
  final boolean decide(@Nullable T value) {
    return outcome.complete(value);
  }

  /** Decides that it fails; false: that was decided before. Otherwise as {@link #decide}. */
  final boolean decideFailure(Throwable failure) {
    return outcome.completeExceptionally(failure);
  }

  /** Whoever waits takes the outcome over himself, otherwise a callback thread does. */
  final void handOver() {
    handOver(callbacks);
  }

  /**
   * Whoever waits takes the outcome over himself, otherwise one of other threads does.
   *
   * @param others runs what depends on it
   */
  final void handOver(Executor others) {
    if (waiting.get() == 0) {
      others.execute(this::take);
    }
  }

  /** A caller has given up before there was an answer; nothing by default. */
  void givenUp() {}

  final boolean isDecided() {
    return outcome.isDone();
  }

  /**
   * Called by whoever has waited, for whichever reason the wait ended: the outcome may have counted
   * on him.
   */
  private void waited() {
    waiting.decrementAndGet();
    if (outcome.isDone()) {
      take();
    }
  }

  /** Makes the outcome this future's own; the first of all threads that call it does so. */
  private void take() {
    if (!taken.compareAndSet(false, true)) {
      return;
    }
    try {
      super.complete(outcome.join());
    } catch (CompletionException e) {
      super.completeExceptionally(e.getCause() == null ? e : e.getCause());
    } catch (CancellationException e) {
      super.cancel(false);
    }
  }

  @Override
  public final T join() {
    if (!isDone()) {
      waiting.incrementAndGet();
      try {
        outcome.join();
      } catch (CompletionException | CancellationException e) {
        // taken over below like any other outcome
      } finally {
        waited();
      }
    }
    return super.join();
  }

  @Override
  public final T get() throws InterruptedException, ExecutionException {
    if (!isDone()) {
      waiting.incrementAndGet();
      try {
        outcome.get();
      } catch (ExecutionException | CancellationException e) {
        // taken over below like any other outcome
      } finally {
        waited();
      }
    }
    return super.get();
  }

  @Override
  public final T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    if (!isDone()) {
      waiting.incrementAndGet();
      try {
        outcome.get(timeout, unit);
      } catch (ExecutionException | CancellationException e) {
        // taken over below like any other outcome
      } finally {
        waited();
      }
    }
    return super.get(timeout, unit);
  }

  @Override
  public final boolean complete(T value) {
    return gaveUp(outcome.complete(value));
  }

  @Override
  public final boolean completeExceptionally(Throwable failure) {
    return gaveUp(outcome.completeExceptionally(failure));
  }

  @Override
  public final boolean cancel(boolean mayInterruptIfRunning) {
    return gaveUp(outcome.cancel(false));
  }

  private boolean gaveUp(boolean first) {
    if (first) {
      givenUp();
    }
    take();
    return first;
  }
}
