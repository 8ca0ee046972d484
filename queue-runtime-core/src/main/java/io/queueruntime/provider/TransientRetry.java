package io.queueruntime.provider;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.QueueFull;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Tries a call of the port again when it failed in a way that may pass: 100 ms after the first
 * failure, twice as long after each further one, at most 30 s, shifted at random by up to 20 %. A
 * longer wait that the other side asked for is honoured, up to that maximum.
 *
 * <p>For callers of the port; adapters have their broker's own. Thread-safe.
 */
public final class TransientRetry {

  /** Three further tries. */
  public static final TransientRetry DEFAULT = new TransientRetry(3);

  private static final Duration FIRST_WAIT = Duration.ofMillis(100);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
  private static final double JITTER = 0.2;

  private final int retries;
  private final Function<Duration, Executor> after;
  private final DoubleSupplier random;

  /** Tries again up to {@code retries} times. */
  public TransientRetry(int retries) {
    this(
        retries,
        delay -> CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS),
        () -> ThreadLocalRandom.current().nextDouble());
  }

  /**
   * For tests: who waits, and what is random.
   *
   * @param after gives the executor that runs something after a delay
   * @param random from 0 to 1
   */
  public TransientRetry(int retries, Function<Duration, Executor> after, DoubleSupplier random) {
    this.retries = retries;
    this.after = after;
    this.random = random;
  }

  /** {@link #call(Supplier, Consumer, UnaryOperator)} without being told of anything. */
  public <T> CompletableFuture<T> call(Supplier<CompletableFuture<T>> call) {
    return call(call, failure -> {}, failure -> failure);
  }

  /** {@link #call(Supplier, Consumer, UnaryOperator)} with the last failure as it is. */
  public <T> CompletableFuture<T> call(
      Supplier<CompletableFuture<T>> call, Consumer<Throwable> onRetry) {
    return call(call, onRetry, failure -> failure);
  }

  /**
   * Makes the call, again while it fails transiently. Cancelling the result ends the waiting, and
   * cancels the call that is under way.
   *
   * @param onRetry told of each failure after which the call is made again
   * @param last gives the failure of the result for the last one of the call, without wrappers
   */
  public <T> CompletableFuture<T> call(
      Supplier<CompletableFuture<T>> call,
      Consumer<Throwable> onRetry,
      UnaryOperator<Throwable> last) {
    CompletableFuture<T> first = attempt(call);
    if (first.isDone() && !first.isCompletedExceptionally()) {
      return first;
    }
    Retried<T> result = new Retried<>();
    follow(call, first, 1, result, onRetry, last);
    return result;
  }

  private <T> void follow(
      Supplier<CompletableFuture<T>> call,
      CompletableFuture<T> attempt,
      int number,
      Retried<T> result,
      Consumer<Throwable> onRetry,
      UnaryOperator<Throwable> last) {
    result.underWay = attempt;
    if (result.isCancelled()) {
      attempt.cancel(true);
    }
    attempt.whenComplete(
        (value, error) -> {
          if (error == null) {
            result.complete(value);
            return;
          }
          Throwable failure = unwrap(error);
          if (number > retries || result.isDone() || !isWorthAnotherTry(failure)) {
            result.completeExceptionally(last.apply(failure));
            return;
          }
          onRetry.accept(failure);
          after
              .apply(waitAfter(number, failure))
              .execute(
                  () -> {
                    if (!result.isDone()) {
                      follow(call, attempt(call), number + 1, result, onRetry, last);
                    }
                  });
        });
  }

  /** How long to wait after that many failures, the last of which is given. */
  public Duration waitAfter(int failures, Throwable failure) {
    double grown = FIRST_WAIT.toNanos() * Math.pow(2, Math.min(20, failures - 1));
    double shifted =
        Math.min(grown, LONGEST_WAIT.toNanos()) * (1 + JITTER * (2 * random.getAsDouble() - 1));
    Duration own = Duration.ofNanos(Math.round(Math.min(shifted, LONGEST_WAIT.toNanos())));
    Duration asked =
        failure instanceof QueueRuntimeException known
            ? known.retryAfter().orElse(Duration.ZERO)
            : Duration.ZERO;
    Duration longer = asked.compareTo(own) > 0 ? asked : own;
    return longer.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : longer;
  }

  /** Not a full queue: its sender was held back for as long as a send may take. */
  private static boolean isWorthAnotherTry(Throwable failure) {
    return failure instanceof QueueRuntimeException known
        && known.isTransient()
        && !(known instanceof QueueFull);
  }

  private static <T> CompletableFuture<T> attempt(Supplier<CompletableFuture<T>> call) {
    try {
      return call.get();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * The result of a call that may be made several times. Whoever waits for it waits for the call
   * that is under way, so that a provider that wakes waiting callers itself need not take the
   * detour over its callback threads.
   */
  private static final class Retried<T> extends CompletableFuture<T> {

    private volatile @Nullable CompletableFuture<T> underWay;

    @Override
    public boolean cancel(boolean mayInterrupt) {
      boolean cancelled = super.cancel(mayInterrupt);
      CompletableFuture<T> call = underWay;
      if (cancelled && call != null) {
        call.cancel(mayInterrupt);
      }
      return cancelled;
    }

    @Override
    public T join() {
      CompletableFuture<T> call = underWay;
      if (!isDone() && call != null) {
        try {
          call.join();
        } catch (CompletionException | CancellationException e) {
          // what follows from it is this future's own outcome
        }
      }
      return super.join();
    }

    @Override
    public T get() throws InterruptedException, ExecutionException {
      CompletableFuture<T> call = underWay;
      if (!isDone() && call != null) {
        try {
          call.get();
        } catch (ExecutionException | CancellationException e) {
          // what follows from it is this future's own outcome
        }
      }
      return super.get();
    }

    @Override
    public T get(long timeout, TimeUnit unit)
        throws InterruptedException, ExecutionException, TimeoutException {
      CompletableFuture<T> call = underWay;
      long begun = System.nanoTime();
      if (!isDone() && call != null) {
        try {
          call.get(timeout, unit);
        } catch (ExecutionException | CancellationException e) {
          // what follows from it is this future's own outcome
        }
      }
      return super.get(
          Math.max(0, unit.toNanos(timeout) - (System.nanoTime() - begun)), TimeUnit.NANOSECONDS);
    }
  }

  /** What a future failed with, without the wrappers futures put around it. */
  public static Throwable unwrap(Throwable error) {
    Throwable found = error;
    while ((found instanceof CompletionException || found instanceof ExecutionException)
        && found.getCause() != null) {
      found = found.getCause();
    }
    return found;
  }
}
