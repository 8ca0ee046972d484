package io.queueruntime.kafka;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.AuthenticationFailed;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import io.queueruntime.QueueRuntimeException.PermissionDenied;
import io.queueruntime.QueueRuntimeException.ProviderFailed;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.provider.TransientRetry;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/** What the client's exceptions mean. Thread-safe. */
final class Failures {

  private Failures() {}

  /**
   * The failure in our words.
   *
   * @param doing what was attempted, e.g. {@code create queue 'orders'}
   */
  static QueueRuntimeException of(@Nullable String queue, String doing, Throwable failure) {
    Throwable cause = TransientRetry.unwrap(failure);
    if (cause instanceof QueueRuntimeException known) {
      return known;
    }
    if (cause instanceof KafkaException && cause.getCause() instanceof ConfigException wrong) {
      cause = wrong; // of a client that could not be made
    }
    String found = "Cannot %s: %s".formatted(doing, reason(cause));
    if (cause instanceof UnknownTopicOrPartitionException) {
      return new QueueNotFound(queue == null ? "" : queue, found + "; create it first.", cause);
    }
    if (cause instanceof InvalidTopicException
        || cause instanceof PolicyViolationException
        || cause instanceof ConfigException) {
      return new ConfigurationInvalid(queue, found + ".", cause);
    }
    if (cause instanceof AuthenticationException) {
      return new AuthenticationFailed(queue, found + "; check the credentials.", cause);
    }
    if (cause instanceof AuthorizationException) {
      return new PermissionDenied(queue, found + "; give the user the right to do so.", cause);
    }
    if (cause instanceof RecordTooLargeException) {
      return new MessageTooLarge(queue == null ? "" : queue, found, 0, 0);
    }
    if (cause instanceof DisconnectException || cause instanceof NetworkException) {
      return new ConnectionFailed(queue, found + ".", cause);
    }
    if (cause instanceof TimeoutException) {
      return new OperationTimedOut(queue, found + ".", cause);
    }
    return new ProviderFailed(queue, found, cause instanceof RetriableException, cause);
  }

  private static String reason(Throwable failure) {
    String message = failure.getMessage();
    return message == null ? failure.getClass().getSimpleName() : message;
  }
}
