package io.queueruntime.template;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Chains a step to a future so that cancelling the result cancels what it waits for, which {@code
 * thenCompose} does not: a receive that nobody waits for any more must give back what it would get.
 * Thread-safe.
 */
final class Following {

  private Following() {}

  /**
   * @param doing what is being done, for failures to say
   * @param step what follows
   * @param unwanted told of a value that came although the result had been cancelled
   */
  static <A, B> CompletableFuture<B> of(
      Doing doing,
      CompletableFuture<A> first,
      Function<A, CompletableFuture<B>> step,
      Consumer<A> unwanted) {
    CompletableFuture<B> result = new CompletableFuture<>();
    result.whenComplete(
        (value, error) -> {
          if (result.isCancelled()) {
            first.cancel(true);
          }
        });
    first.whenComplete(
        (came, failed) -> {
          if (failed != null) {
            result.completeExceptionally(doing.noted(failed));
            return;
          }
          follow(came, step)
              .whenComplete(
                  (value, error) -> {
                    if (error != null) {
                      result.completeExceptionally(doing.noted(error));
                    } else if (!result.complete(value)) {
                      unwanted.accept(came);
                    }
                  });
        });
    return result;
  }

  private static <A, B> CompletableFuture<B> follow(
      A came, Function<A, CompletableFuture<B>> step) {
    try {
      return step.apply(came);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
