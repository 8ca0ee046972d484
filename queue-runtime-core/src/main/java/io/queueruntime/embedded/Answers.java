package io.queueruntime.embedded;

import io.queueruntime.QueueRuntimeException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Waiting for the engine from a method that blocks. Thread-safe. */
final class Answers {

  private Answers() {}

  /** The answer, once it is there; the engine's own exception when it failed. */
  static <T> T await(CompletableFuture<T> answer) {
    try {
      return answer.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof QueueRuntimeException failure) {
        throw failure;
      }
      throw e;
    }
  }
}
