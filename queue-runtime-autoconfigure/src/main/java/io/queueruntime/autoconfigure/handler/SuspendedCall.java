package io.queueruntime.autoconfigure.handler;

import java.util.concurrent.CompletableFuture;
import kotlin.ResultKt;
import kotlin.Unit;
import kotlin.coroutines.Continuation;
import kotlin.coroutines.CoroutineContext;
import kotlin.coroutines.EmptyCoroutineContext;
import kotlin.coroutines.intrinsics.IntrinsicsKt;
import org.jspecify.annotations.Nullable;

/**
 * One call of a Kotlin suspend function: what is handed to it as its continuation, and the future
 * of what it comes to. The function begins on the calling thread; a handler that took too long is
 * fenced off like any other, but a coroutine is not interrupted.
 *
 * <p>The only class that knows Kotlin's types, loaded only for methods that have them. Thread-safe.
 */
final class SuspendedCall implements Continuation<Object> {

  private final CompletableFuture<@Nullable Object> result = new CompletableFuture<>();

  /**
   * What the function came to, or the future of it: {@code returned} is what it left its thread
   * with, {@code continuation} what it was called with.
   */
  static @Nullable Object resultOf(@Nullable Object returned, Object continuation) {
    return returned == IntrinsicsKt.getCOROUTINE_SUSPENDED()
        ? ((SuspendedCall) continuation).result
        : withoutUnit(returned);
  }

  @Override
  public CoroutineContext getContext() {
    return EmptyCoroutineContext.INSTANCE;
  }

  @Override
  public void resumeWith(Object outcome) {
    try {
      ResultKt.throwOnFailure(outcome);
    } catch (Throwable e) {
      result.completeExceptionally(e);
      return;
    }
    result.complete(withoutUnit(outcome));
  }

  /** A function without a result returns an object that says so, which is no reply. */
  private static @Nullable Object withoutUnit(@Nullable Object value) {
    return value == Unit.INSTANCE ? null : value;
  }
}
