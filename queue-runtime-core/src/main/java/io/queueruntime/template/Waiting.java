package io.queueruntime.template;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Turns futures into blocking calls, never without a limit. Thread-safe. */
final class Waiting {

  private Waiting() {}

  /**
   * The future's value, or its failure as it is; {@code OperationTimedOut} after {@code limit}, or
   * when interrupted.
   */
  static <T> T join(Doing what, CompletableFuture<T> future, Duration limit) {
    try {
      return future.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw rethrown(what.noted(e));
    } catch (TimeoutException e) {
      future.cancel(true);
      throw late(
          what,
          "Cannot %s: no answer within %s; whether it was done is unknown."
              .formatted(what.words(), limit),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      future.cancel(true);
      throw late(
          what,
          "Interrupted while waiting to %s; whether it was done is unknown."
              .formatted(what.words()),
          e);
    }
  }

  private static QueueRuntimeException late(Doing what, String message, Exception cause) {
    return new OperationTimedOut(what.queue().value(), message, cause)
        .during(what.operation(), what.messageId());
  }

  private static RuntimeException rethrown(Throwable failure) {
    if (failure instanceof RuntimeException known) {
      return known;
    }
    if (failure instanceof Error fatal) {
      throw fatal;
    }
    return new IllegalStateException(failure);
  }
}
