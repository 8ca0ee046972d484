package io.queueruntime.servicebus;

import com.azure.core.exception.HttpResponseException;
import com.azure.core.http.HttpHeaderName;
import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.AuthenticationFailed;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.MessageNotFound;
import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import io.queueruntime.QueueRuntimeException.PermissionDenied;
import io.queueruntime.QueueRuntimeException.ProviderFailed;
import io.queueruntime.QueueRuntimeException.QueueFull;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.QuotaExceeded;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.SessionLocked;
import io.queueruntime.QueueRuntimeException.SessionNotFound;
import io.queueruntime.QueueRuntimeException.Throttled;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Turns the SDK's errors into the runtime's, each with what was attempted and on which queue, and
 * with the SDK's own as its cause.
 *
 * <p>Immutable and thread-safe.
 *
 * @param queue what was worked on; null: the namespace
 * @param attempt what was attempted, e.g. {@code send to queue 'orders'}
 */
record Failures(@Nullable QueueName queue, String attempt) {

  /** What Service Bus's documentation asks for after it said that it is busy. */
  private static final Duration BUSY_WAIT = Duration.ofSeconds(4);

  private static final Duration THROTTLED_WAIT = Duration.ofSeconds(30);
  private static final int TEXT_MAX = 500;

  static Failures of(QueueName queue, String attempt) {
    return new Failures(queue, attempt + " queue '" + queue + "'");
  }

  /** The future with its failure, if it has one, translated. */
  <T> CompletableFuture<T> translate(CompletableFuture<T> future) {
    return future.exceptionallyCompose(error -> CompletableFuture.failedFuture(of(error)));
  }

  /** The future with a failure that {@code known} does not make a value of translated. */
  <T> Function<Throwable, CompletableFuture<T>> unless(FailureKind known, T value) {
    return error ->
        FailureKind.of(error) == known
            ? CompletableFuture.completedFuture(value)
            : CompletableFuture.failedFuture(of(error));
  }

  QueueRuntimeException of(Throwable error) {
    Throwable cause = FailureKind.unwrapped(error);
    if (cause instanceof QueueRuntimeException known) {
      return known;
    }
    String name = queue == null ? null : queue.value();
    String known = name == null ? "" : name;
    return switch (FailureKind.of(cause)) {
      case QUEUE_NOT_FOUND ->
          new QueueNotFound(
              known, text("the namespace has no such queue", cause, "create it first"), cause);
      case MESSAGE_LOCK_LOST ->
          new LockLost(
              known,
              text(
                  "its lock ran out, or it was settled before",
                  cause,
                  "if it is still there it is delivered again"),
              cause);
      case SESSION_LOCK_LOST ->
          new SessionLockLost(
              known, text("the session's lock ran out", cause, "accept the session anew"), cause);
      case SESSION_LOCKED ->
          new SessionLocked(
              known,
              text("somebody else holds the session", cause, "try again later"),
              null,
              cause);
      case TOO_LARGE ->
          new MessageTooLarge(
              known, text("a message is too large", cause, "make it smaller"), 0, 0, cause);
      case FULL ->
          name == null
              ? new QuotaExceeded(
                  null, text("a limit of the namespace is reached", cause, "make room"), cause)
              : new QueueFull(name, text("the queue is full", cause, "receive from it"), cause);
      case BUSY ->
          new Throttled(
              name,
              text("Service Bus asks to slow down", cause, "try again later"),
              retryAfter(cause),
              cause);
      case TIMED_OUT ->
          new OperationTimedOut(
              name, text("no answer came in time", cause, "whether it was done is unknown"), cause);
      case NOT_CONNECTED ->
          new ConnectionFailed(
              name,
              text("Service Bus cannot be reached", cause, "the next call connects anew"),
              cause);
      case NOT_AUTHENTICATED ->
          new AuthenticationFailed(
              name,
              text("Service Bus does not accept the key or credential", cause, "check it"),
              cause);
      case NOT_PERMITTED ->
          new PermissionDenied(
              name,
              text(
                  "the key or credential does not allow it", cause, "grant Send, Listen or Manage"),
              cause);
      case NOT_ALLOWED ->
          new ValidationFailed(
              name,
              text("the queue does not allow it", cause, "compare its settings with the call"),
              cause);
      case QUEUE_DISABLED ->
          new ProviderFailed(name, text("the queue is disabled", cause, "enable it"), false, cause);
      case PASSING, CONFLICT ->
          new ProviderFailed(
              name, text("Service Bus failed for now", cause, "try again"), true, cause);
      case MESSAGE_NOT_FOUND ->
          new MessageNotFound(
              known, text("there is no such message", cause, "it was settled before"), cause);
      case NO_SESSION ->
          new SessionNotFound(
              known, text("there is no such session", cause, "see the cause"), cause);
      case QUEUE_EXISTS, LASTING ->
          new ProviderFailed(
              name, text("Service Bus refused", cause, "see the cause"), false, cause);
    };
  }

  private String text(String found, Throwable cause, String what) {
    Throwable speaker = cause;
    while (isWrapper(speaker) && speaker.getCause() != null) {
      speaker = speaker.getCause();
    }
    String said = String.valueOf(speaker.getMessage());
    String cut = said.length() > TEXT_MAX ? said.substring(0, TEXT_MAX) + "…" : said;
    return "Cannot %s: %s; %s. Service Bus says: %s".formatted(attempt, found, what, cut);
  }

  /** What the SDK's retries put around the error that says something. */
  private static boolean isWrapper(Throwable error) {
    return String.valueOf(error.getMessage()).startsWith("Retries exhausted");
  }

  private static Duration retryAfter(Throwable cause) {
    if (cause instanceof HttpResponseException failure && failure.getResponse() != null) {
      String seconds = failure.getResponse().getHeaderValue(HttpHeaderName.RETRY_AFTER);
      try {
        return seconds == null
            ? THROTTLED_WAIT
            : Duration.ofSeconds(Math.max(0, Long.parseLong(seconds.strip())));
      } catch (NumberFormatException e) {
        return THROTTLED_WAIT; // a date; the difference is not worth its parsing
      }
    }
    return BUSY_WAIT;
  }

  /** The answer to whatever is asked of something closed. */
  static <T> CompletableFuture<T> closed(QueueName queue, String what) {
    return CompletableFuture.failedFuture(
        new Closed(queue.value(), "Cannot use queue '%s': %s is closed.".formatted(queue, what)));
  }
}
