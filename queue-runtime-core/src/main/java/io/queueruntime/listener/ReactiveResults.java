package io.queueruntime.listener;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * Follows reactive results; the only class that knows their types, loaded only where they are
 * present. Thread-safe.
 */
final class ReactiveResults {

  private ReactiveResults() {}

  static boolean isReactive(Object result) {
    return result instanceof Publisher<?>;
  }

  /**
   * A future of the publisher's first value, which completes when the publisher does; cancelling
   * cancels the publisher.
   */
  static CompletableFuture<@Nullable Object> follow(Object publisher) {
    FirstValue subscriber = new FirstValue();
    ((Publisher<?>) publisher).subscribe(subscriber);
    return subscriber.result;
  }

  private static final class FirstValue implements Subscriber<Object> {

    private @Nullable Object first;
    private volatile @Nullable Subscription subscription;
    private volatile boolean cancelled;

    private final CompletableFuture<@Nullable Object> result =
        new CompletableFuture<>() {
          @Override
          public boolean cancel(boolean mayInterrupt) {
            cancelled = true;
            Subscription active = subscription;
            if (active != null) {
              active.cancel();
            }
            return super.cancel(mayInterrupt);
          }
        };

    @Override
    public void onSubscribe(Subscription active) {
      if (subscription != null) {
        active.cancel();
        return;
      }
      subscription = active;
      if (cancelled) {
        active.cancel();
        return;
      }
      active.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Object value) {
      if (first == null) {
        first = value;
      }
    }

    @Override
    public void onError(Throwable error) {
      result.completeExceptionally(error);
    }

    @Override
    public void onComplete() {
      result.complete(first);
    }
  }
}
