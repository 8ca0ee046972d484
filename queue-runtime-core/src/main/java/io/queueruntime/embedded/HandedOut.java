package io.queueruntime.embedded;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * An answer of the engine as a caller gets it: what depends on it may block, because it never runs
 * on the engine's thread but on a callback thread, or on that of a caller who waits.
 *
 * <p>Whoever waits is woken by the engine itself, without the detour over a callback thread. A
 * caller who gives up (cancels, times out, completes it himself) cancels the engine's work; an
 * answer that was already on its way then goes to {@code unwanted}, exactly once.
 *
 * <p>Thread-safe.
 */
final class HandedOut<S, T> extends CompletableFuture<T> {

  private final CompletableFuture<S> source;
  private final Function<? super S, ? extends T> translation;
  private final Consumer<? super S> unwanted;
  private final AtomicBoolean taken = new AtomicBoolean();
  private final AtomicInteger waiting = new AtomicInteger();

  private HandedOut(
      CompletableFuture<S> source,
      Function<? super S, ? extends T> translation,
      Consumer<? super S> unwanted) {
    this.source = source;
    this.translation = translation;
    this.unwanted = unwanted;
  }

  /** Hands out the engine's answer as it is. */
  static <T> HandedOut<T, T> of(CompletableFuture<T> source, Executor callbacks) {
    return of(source, Function.identity(), answer -> {}, callbacks);
  }

  /**
   * Hands out a translation of the engine's answer, which must not block; too late an answer goes
   * to {@code unwanted}.
   */
  static <S, T> HandedOut<S, T> of(
      CompletableFuture<S> source,
      Function<? super S, ? extends T> translation,
      Consumer<? super S> unwanted,
      Executor callbacks) {
    HandedOut<S, T> handed = new HandedOut<>(source, translation, unwanted);
    if (source.isDone()) {
      handed.take();
    } else {
      source.whenComplete((answer, failure) -> handed.answered(callbacks));
    }
    return handed;
  }

  /**
   * On the engine's thread: somebody who waits takes the answer over himself, otherwise a callback
   * thread does.
   */
  private void answered(Executor callbacks) {
    if (waiting.get() == 0) {
      callbacks.execute(this::take);
    }
  }

  /**
   * Called by whoever has waited, for whichever reason the wait ended: the answer may have counted
   * on him.
   */
  private void waited() {
    waiting.decrementAndGet();
    if (source.isDone()) {
      take();
    }
  }

  /** Takes over what the finished source came to; the first of all threads that call it does so. */
  private void take() {
    if (!taken.compareAndSet(false, true)) {
      return;
    }
    try {
      S answer = source.join();
      if (!super.complete(translation.apply(answer))) {
        unwanted.accept(answer);
      }
    } catch (CompletionException e) {
      super.completeExceptionally(e.getCause() == null ? e : e.getCause());
    } catch (CancellationException e) {
      super.cancel(false);
    }
  }

  @Override
  public T join() {
    if (!isDone()) {
      waiting.incrementAndGet();
      try {
        source.join();
      } catch (CompletionException | CancellationException e) {
        // taken over below like any other outcome
      } finally {
        waited();
      }
    }
    return super.join();
  }

  @Override
  public T get() throws InterruptedException, ExecutionException {
    if (!isDone()) {
      waiting.incrementAndGet();
      try {
        source.get();
      } catch (ExecutionException | CancellationException e) {
        // taken over below like any other outcome
      } finally {
        waited();
      }
    }
    return super.get();
  }

  @Override
  public T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    if (!isDone()) {
      waiting.incrementAndGet();
      try {
        source.get(timeout, unit);
      } catch (ExecutionException | CancellationException e) {
        // taken over below like any other outcome
      } finally {
        waited();
      }
    }
    return super.get(timeout, unit);
  }

  @Override
  public boolean complete(T value) {
    return gaveUp(super.complete(value));
  }

  @Override
  public boolean completeExceptionally(Throwable failure) {
    return gaveUp(super.completeExceptionally(failure));
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    return gaveUp(super.cancel(mayInterruptIfRunning));
  }

  private boolean gaveUp(boolean first) {
    if (first) {
      source.cancel(false);
    }
    return first;
  }
}
