package io.queueruntime.servicebus.emulator.entity;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.QuotaExceeded;
import io.queueruntime.servicebus.emulator.entity.EntityException.Kind;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for what the engine answers, for a minute at most. Thread-safe. */
final class EngineAnswers {

  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private EngineAnswers() {}

  /**
   * The answer once it is there.
   *
   * @throws EntityException when it is a failure, in a namespace's words, or does not come
   */
  static <T> T await(CompletableFuture<T> answer) {
    try {
      return answer.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException failed) {
      throw refused(failed.getCause() == null ? failed : failed.getCause());
    } catch (TimeoutException slow) {
      throw new EntityException(
          Kind.UNAVAILABLE, "The engine did not answer within %s.".formatted(TIMEOUT), slow);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new EntityException(
          Kind.UNAVAILABLE, "Interrupted while waiting for the engine.", interrupted);
    }
  }

  private static EntityException refused(Throwable cause) {
    Kind kind =
        cause instanceof QueueNotFound
            ? Kind.NOT_FOUND
            : cause instanceof QuotaExceeded
                ? Kind.QUOTA_EXCEEDED
                : cause instanceof QueueRuntimeException.ConfigurationInvalid
                    ? Kind.INVALID
                    : Kind.UNAVAILABLE;
    return new EntityException(kind, String.valueOf(cause.getMessage()), cause);
  }
}
