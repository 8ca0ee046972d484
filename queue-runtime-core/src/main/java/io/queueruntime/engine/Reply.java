package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The answer to one command: decided on the engine thread, given only after what it rests on is
 * durable.
 *
 * <p>Confined to the engine thread, but for the future.
 */
final class Reply<R> {

  final CompletableFuture<R> future = new CompletableFuture<>();
  private final Replies replies;
  private @Nullable R value;
  private @Nullable Throwable failure;
  private @Nullable Runnable undo;
  private volatile boolean answered;

  Reply(Replies replies) {
    this.replies = replies;
  }

  void value(R answer) {
    this.value = answer;
    replies.add(this);
  }

  /** An answer that must be taken back when the caller is no longer there to take it. */
  void value(R answer, Runnable ifNotTaken) {
    this.undo = ifNotTaken;
    value(answer);
  }

  /** The answer of what has none but its being done. */
  void done() {
    replies.add(this);
  }

  void failure(Throwable why) {
    this.failure = why;
    replies.add(this);
  }

  /** Whether the engine has answered; not so when the caller gave up. Thread-safe. */
  boolean isAnswered() {
    return answered;
  }

  /** Whether the caller gave up. */
  boolean isAbandoned() {
    return future.isDone();
  }

  /** Hands the answer over; returns what takes it back when nobody was there. */
  @Nullable Runnable deliver() {
    answered = true;
    if (failure != null) {
      future.completeExceptionally(failure);
      return null;
    }
    boolean taken = future.complete(answer());
    return taken ? null : undo;
  }

  void fail(QueueRuntimeException why) {
    answered = true;
    future.completeExceptionally(why);
  }

  @SuppressWarnings("NullAway") // R may be Void, whose only value is null
  private R answer() {
    return value;
  }
}
