package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * One call that is made to the engine and to the model.
 *
 * @param text what it is, for people
 * @param durable whether its answer says that it, and everything before it, survives a power cut
 * @param ask makes the call
 * @param expected does it to the model, given the engine's answer, null when there was none;
 *     returns what the answer must look like, or throws {@link QueueModel.Refused}
 * @param seen what the answer looks like
 */
record Action<R>(
    String text,
    boolean durable,
    Function<QueueEngine, CompletableFuture<R>> ask,
    BiFunction<QueueModel, R, Object> expected,
    Function<R, Object> seen) {

  /** The engine's answer to a call: a value, or why it failed. */
  record Answer<R>(R value, Throwable failure) {

    static <R> Answer<R> of(CompletableFuture<R> future) {
      try {
        return new Answer<>(future.join(), null);
      } catch (CompletionException e) {
        return new Answer<>(null, e.getCause());
      } catch (CancellationException e) {
        return new Answer<>(null, e);
      }
    }
  }

  /**
   * Does it to the model and says what is wrong with the engine's answer; null when it is right.
   */
  String compare(QueueModel model, Answer<R> answer) {
    try {
      Object want = expected.apply(model, answer.value);
      if (answer.failure != null) {
        return text + ": must give " + want + ", failed with " + answer.failure;
      }
      Object got = seen.apply(answer.value);
      return Objects.deepEquals(want, got)
          ? null
          : text + ": must give\n    " + want + "\n  gave\n    " + got;
    } catch (QueueModel.Refused refused) {
      if (answer.failure instanceof QueueRuntimeException failure
          && refused.kinds.contains(failure.getClass())) {
        return null;
      }
      return text
          + ": must fail with "
          + refused.kinds
          + ", "
          + (answer.failure == null
              ? "gave " + seen.apply(answer.value)
              : "failed with " + answer.failure);
    }
  }

  /** Whether it is done as one: where there is no room for it, nothing of it happens. */
  boolean whole() {
    return !text.startsWith("purge")
        && !text.startsWith("replay")
        && !text.startsWith("discard")
        && !text.startsWith("release session")
        && !text.startsWith("delete");
  }

  /**
   * Does it to a model without looking at the answer, as when the power went before there was one.
   */
  void suppose(QueueModel model) {
    try {
      expected.apply(model, null);
    } catch (QueueModel.Refused refused) {
      // Then it would have been refused, and nothing would have changed.
    }
  }

  /** Does it to a model that did it before, with the same answer. */
  void repeat(QueueModel model, Answer<R> answer) {
    try {
      expected.apply(model, answer.value);
    } catch (QueueModel.Refused refused) {
      // As before.
    }
  }
}
