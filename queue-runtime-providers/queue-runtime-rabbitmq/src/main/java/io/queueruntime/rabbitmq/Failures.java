package io.queueruntime.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.AuthenticationFailureException;
import com.rabbitmq.client.PossibleAuthenticationFailureException;
import com.rabbitmq.client.ShutdownSignalException;
import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.AuthenticationFailed;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.PermissionDenied;
import io.queueruntime.QueueRuntimeException.ProviderFailed;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import org.jspecify.annotations.Nullable;

/** What the client's exceptions mean. Thread-safe. */
final class Failures {

  static final int ACCESS_REFUSED = 403;
  static final int NOT_FOUND = 404;
  static final int RESOURCE_LOCKED = 405;
  static final int PRECONDITION_FAILED = 406;
  static final int INTERNAL_ERROR = 541;
  private static final int NOT_ALLOWED = 530;

  private Failures() {}

  /**
   * The failure in our words.
   *
   * @param doing what was attempted, e.g. {@code declare queue 'orders'}
   */
  static QueueRuntimeException of(@Nullable String queue, String doing, Throwable failure) {
    if (failure instanceof QueueRuntimeException known) {
      return known;
    }
    int code = replyCode(failure);
    String found = "Cannot %s: %s".formatted(doing, reason(failure));
    if (isAuthentication(failure)) {
      return new AuthenticationFailed(
          queue, found + "; check user, password and virtual host.", failure);
    }
    return switch (code) {
      case NOT_FOUND ->
          new QueueNotFound(queue == null ? "" : queue, found + "; create it first.", failure);
      case ACCESS_REFUSED, NOT_ALLOWED ->
          new PermissionDenied(
              queue, found + "; give the user the right to do so in this virtual host.", failure);
      case PRECONDITION_FAILED ->
          new ConfigurationInvalid(
              queue,
              found
                  + "; it exists and was declared in another way: delete it, or use another name.",
              failure);
      case -1, 320, INTERNAL_ERROR, 200 -> new ConnectionFailed(queue, found + ".", failure);
      default -> new ProviderFailed(queue, found, false, failure);
    };
  }

  private static boolean isAuthentication(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof AuthenticationFailureException
          || cause instanceof PossibleAuthenticationFailureException) {
        return true;
      }
    }
    return false;
  }

  /** The broker's reply code; -1 when it was not the broker that said it. */
  static int replyCode(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ShutdownSignalException signal) {
        Object reason = signal.getReason();
        if (reason instanceof AMQP.Channel.Close close) {
          return close.getReplyCode();
        }
        if (reason instanceof AMQP.Connection.Close close) {
          return close.getReplyCode();
        }
      }
    }
    return -1;
  }

  private static String reason(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ShutdownSignalException signal) {
        Object reason = signal.getReason();
        if (reason instanceof AMQP.Channel.Close close) {
          return close.getReplyText();
        }
        if (reason instanceof AMQP.Connection.Close close) {
          return close.getReplyText();
        }
        return "the connection ended";
      }
    }
    if (failure instanceof AlreadyClosedException) {
      return "the connection ended";
    }
    String message = failure.getMessage();
    return message == null ? failure.getClass().getSimpleName() : message;
  }
}
