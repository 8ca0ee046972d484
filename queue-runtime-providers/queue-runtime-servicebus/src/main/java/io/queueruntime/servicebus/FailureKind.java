package io.queueruntime.servicebus;

import com.azure.core.amqp.exception.AmqpErrorCondition;
import com.azure.core.amqp.exception.AmqpException;
import com.azure.core.exception.ClientAuthenticationException;
import com.azure.core.exception.HttpResponseException;
import com.azure.messaging.servicebus.ServiceBusException;
import com.azure.messaging.servicebus.ServiceBusFailureReason;
import io.queueruntime.provider.TransientRetry;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;

/**
 * What an error of the SDK means, whichever of its layers raised it: the reason of a {@code
 * ServiceBusException}, the condition of an {@code AmqpException}, a status of the management API.
 */
enum FailureKind {
  QUEUE_NOT_FOUND,
  QUEUE_EXISTS,
  CONFLICT,
  QUEUE_DISABLED,
  MESSAGE_NOT_FOUND,
  MESSAGE_LOCK_LOST,
  SESSION_LOCK_LOST,
  SESSION_LOCKED,
  NO_SESSION,
  TOO_LARGE,
  FULL,
  BUSY,
  TIMED_OUT,
  NOT_CONNECTED,
  NOT_AUTHENTICATED,
  NOT_PERMITTED,
  NOT_ALLOWED,
  PASSING,
  LASTING;

  /** How Service Bus names a right that is missing; queues may have such words in their names. */
  private static final Pattern CLAIM = Pattern.compile("'(Send|Listen|Manage)'(,| claim)");

  /**
   * How it tells that somebody else works on the same queue; a queue that exists has the status.
   */
  private static final Pattern CONFLICTING =
      Pattern.compile("(?i)SubCode=40901|conflicting operation");

  private static final Pattern LINK_ENDED =
      Pattern.compile("due to receive link closure|dispatch(ing)? to Reactor");

  private static final Map<AmqpErrorCondition, FailureKind> CONDITIONS =
      Map.ofEntries(
          Map.entry(AmqpErrorCondition.NOT_FOUND, QUEUE_NOT_FOUND),
          Map.entry(AmqpErrorCondition.ENTITY_ALREADY_EXISTS, QUEUE_EXISTS),
          Map.entry(AmqpErrorCondition.ENTITY_DISABLED_ERROR, QUEUE_DISABLED),
          Map.entry(AmqpErrorCondition.MESSAGE_NOT_FOUND, MESSAGE_NOT_FOUND),
          Map.entry(AmqpErrorCondition.MESSAGE_LOCK_LOST, MESSAGE_LOCK_LOST),
          Map.entry(AmqpErrorCondition.SESSION_LOCK_LOST, SESSION_LOCK_LOST),
          Map.entry(AmqpErrorCondition.SESSION_CANNOT_BE_LOCKED, SESSION_LOCKED),
          Map.entry(AmqpErrorCondition.SESSION_NOT_FOUND, NO_SESSION),
          Map.entry(AmqpErrorCondition.LINK_PAYLOAD_SIZE_EXCEEDED, TOO_LARGE),
          Map.entry(AmqpErrorCondition.RESOURCE_LIMIT_EXCEEDED, FULL),
          Map.entry(AmqpErrorCondition.SERVER_BUSY_ERROR, BUSY),
          Map.entry(AmqpErrorCondition.TIMEOUT_ERROR, TIMED_OUT),
          Map.entry(AmqpErrorCondition.PROTON_IO, NOT_CONNECTED),
          Map.entry(AmqpErrorCondition.CONNECTION_FORCED, NOT_CONNECTED),
          Map.entry(AmqpErrorCondition.OPERATION_CANCELLED, NOT_CONNECTED),
          Map.entry(AmqpErrorCondition.CONNECTION_FRAMING_ERROR, NOT_CONNECTED),
          Map.entry(AmqpErrorCondition.LINK_DETACH_FORCED, NOT_CONNECTED),
          Map.entry(AmqpErrorCondition.NOT_ALLOWED, NOT_ALLOWED));

  private static final Map<ServiceBusFailureReason, FailureKind> REASONS =
      Map.ofEntries(
          Map.entry(ServiceBusFailureReason.MESSAGING_ENTITY_NOT_FOUND, QUEUE_NOT_FOUND),
          Map.entry(ServiceBusFailureReason.MESSAGING_ENTITY_ALREADY_EXISTS, QUEUE_EXISTS),
          Map.entry(ServiceBusFailureReason.MESSAGING_ENTITY_DISABLED, QUEUE_DISABLED),
          Map.entry(ServiceBusFailureReason.MESSAGE_NOT_FOUND, MESSAGE_NOT_FOUND),
          Map.entry(ServiceBusFailureReason.MESSAGE_LOCK_LOST, MESSAGE_LOCK_LOST),
          Map.entry(ServiceBusFailureReason.SESSION_LOCK_LOST, SESSION_LOCK_LOST),
          Map.entry(ServiceBusFailureReason.SESSION_CANNOT_BE_LOCKED, SESSION_LOCKED),
          Map.entry(ServiceBusFailureReason.MESSAGE_SIZE_EXCEEDED, TOO_LARGE),
          Map.entry(ServiceBusFailureReason.QUOTA_EXCEEDED, FULL),
          Map.entry(ServiceBusFailureReason.SERVICE_BUSY, BUSY),
          Map.entry(ServiceBusFailureReason.SERVICE_TIMEOUT, TIMED_OUT),
          Map.entry(ServiceBusFailureReason.SERVICE_COMMUNICATION_ERROR, NOT_CONNECTED));

  /** The error without the wrappers that futures and Reactor put around it. */
  static Throwable unwrapped(Throwable error) {
    Throwable found = TransientRetry.unwrap(Exceptions.unwrap(error));
    return Exceptions.unwrap(found);
  }

  /** What the error means; looks through its causes until one of them says. */
  static FailureKind of(Throwable error) {
    Throwable found = unwrapped(error);
    boolean passing = false;
    boolean noToken = false;
    for (int depth = 0; depth < 10; depth++) {
      FailureKind kind = ofThis(found);
      if (kind != null) {
        return kind;
      }
      passing |= isPassing(found);
      noToken |= isWithoutToken(found);
      Throwable cause = found.getCause();
      if (cause == null || cause == found) {
        break;
      }
      found = cause;
    }
    return noToken ? NOT_AUTHENTICATED : passing ? PASSING : LASTING;
  }

  /**
   * Whether a credential gave no token. Why is told by its causes: one that could not reach the
   * service that gives tokens says nothing about who somebody is.
   */
  private static boolean isWithoutToken(Throwable error) {
    return error instanceof ClientAuthenticationException
        || error.getClass().getName().startsWith("com.azure.identity.");
  }

  private static @Nullable FailureKind ofThis(Throwable error) {
    if (error instanceof ServiceBusException failure) {
      if (ServiceBusFailureReason.UNAUTHORIZED.equals(failure.getReason())) {
        return refused(failure);
      }
      return REASONS.get(failure.getReason());
    } else if (error instanceof AmqpException failure) {
      AmqpErrorCondition condition = failure.getErrorCondition();
      if (condition == AmqpErrorCondition.UNAUTHORIZED_ACCESS) {
        return refused(failure);
      }
      return condition == null ? unnamed(failure) : CONDITIONS.get(condition);
    } else if (error instanceof HttpResponseException failure) {
      return ofStatus(failure);
    } else if (error instanceof TimeoutException) {
      return TIMED_OUT;
    } else if (error instanceof UnsupportedOperationException) {
      return NOT_ALLOWED;
    } else if (error instanceof IOException) {
      return NOT_CONNECTED;
    }
    return null;
  }

  /**
   * The client says of a settlement whose link or connection ended under way that it fails for
   * good; whether it was carried out is unknown, and doing it again tells.
   */
  private static @Nullable FailureKind unnamed(AmqpException failure) {
    return LINK_ENDED.matcher(String.valueOf(failure.getMessage())).find() ? NOT_CONNECTED : null;
  }

  /**
   * One condition stands for both, who somebody is and what he may do; only the text tells them
   * apart.
   */
  private static FailureKind refused(Throwable failure) {
    String text = String.valueOf(failure.getMessage());
    return CLAIM.matcher(text).find() ? NOT_PERMITTED : NOT_AUTHENTICATED;
  }

  private static @Nullable FailureKind ofStatus(HttpResponseException failure) {
    int status = failure.getResponse() == null ? 0 : failure.getResponse().getStatusCode();
    return switch (status) {
      case 401 -> NOT_AUTHENTICATED;
      case 403 -> text(failure).contains("40300") ? FULL : NOT_PERMITTED;
      case 404 -> QUEUE_NOT_FOUND;
      case 408, 504 -> TIMED_OUT;
      case 409 -> CONFLICTING.matcher(text(failure)).find() ? CONFLICT : QUEUE_EXISTS;
      case 413 -> TOO_LARGE;
      case 429 -> BUSY;
      case 410 -> MESSAGE_LOCK_LOST;
      case 503 -> BUSY;
      case 400, 501 -> NOT_ALLOWED;
      default -> status >= 500 ? PASSING : null;
    };
  }

  private static String text(Throwable failure) {
    return String.valueOf(failure.getMessage());
  }

  private static boolean isPassing(Throwable error) {
    return error instanceof ServiceBusException failure && failure.isTransient()
        || error instanceof AmqpException amqp && amqp.isTransient()
        || error instanceof IllegalStateException;
  }
}
