package io.queueruntime.listener;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Tells which results of a handler are still to come, and follows them. Thread-safe. */
final class Results {

  // Looked up once: the class that knows reactive types is loaded only where they are on the class
  // path.
  private static final boolean REACTIVE = isPresent("org.reactivestreams.Publisher");

  private Results() {}

  /** A future of the result that can be cancelled; null when the result is there already. */
  static @Nullable CompletableFuture<@Nullable Object> pending(@Nullable Object result) {
    if (result instanceof CompletionStage<?> stage) {
      return follow(stage);
    }
    if (REACTIVE && result != null && ReactiveResults.isReactive(result)) {
      return ReactiveResults.follow(result);
    }
    return null;
  }

  private static CompletableFuture<@Nullable Object> follow(CompletionStage<?> stage) {
    CompletableFuture<@Nullable Object> followed =
        new CompletableFuture<>() {
          @Override
          public boolean cancel(boolean mayInterrupt) {
            // The stage that is cancelled ends this future too; one that cannot be cancelled is
            // waited for.
            try {
              return stage instanceof Future<?> future && future.cancel(mayInterrupt);
            } catch (RuntimeException e) {
              // such as a minimal stage, which is a Future that refuses to be used as one
              return false;
            }
          }
        };
    stage.whenComplete(
        (value, error) -> {
          if (error == null) {
            followed.complete(value);
          } else {
            followed.completeExceptionally(error);
          }
        });
    return followed;
  }

  private static boolean isPresent(String className) {
    try {
      Class.forName(className, false, Results.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }
}
