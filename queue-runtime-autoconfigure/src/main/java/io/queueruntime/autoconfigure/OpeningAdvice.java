package io.queueruntime.autoconfigure;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.AuthenticationFailed;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.PermissionDenied;
import java.util.Optional;

/**
 * What a user is advised to do when a broker could not be opened, by what it failed at: for {@link
 * QueueProviderFactory#explain}.
 *
 * <p>Implementations are thread-safe; only what is needed is asked for.
 */
public interface OpeningAdvice {

  /** To whom the broker did not let in. */
  String whenNotLetIn();

  /** To whom the broker refused what is needed. */
  String whenNotAllowed();

  /** To whom no broker answered. */
  String whenNotReached();

  /** To whose settings, or queues, are not as they are asked for. */
  String whenMisconfigured();

  /** Whether a failure says that no broker answered. */
  default boolean isUnreachable(RuntimeException failure) {
    return failure instanceof ConnectionFailed;
  }

  /**
   * The failure as a problem at start; empty where there is no advice.
   *
   * @param provider its name
   * @param settings of the client that was to be opened
   */
  default Optional<StartupProblem> problem(
      String provider, ProviderSettings settings, RuntimeException failure) {
    if (failure instanceof AuthenticationFailed) {
      return Optional.of(problem("QR-160", provider, settings, failure, whenNotLetIn()));
    }
    if (failure instanceof PermissionDenied) {
      return Optional.of(problem("QR-161", provider, settings, failure, whenNotAllowed()));
    }
    if (isUnreachable(failure)) {
      return Optional.of(problem("QR-100", provider, settings, failure, whenNotReached()));
    }
    if (failure instanceof ConfigurationInvalid) {
      return Optional.of(problem("QR-155", provider, settings, failure, whenMisconfigured()));
    }
    return Optional.empty();
  }

  private static StartupProblem problem(
      String code,
      String provider,
      ProviderSettings settings,
      RuntimeException failure,
      String action) {
    String queue =
        failure instanceof QueueRuntimeException ours
            ? ours.queue().map(name -> " at queue \"" + name + "\"").orElse("")
            : "";
    return StartupProblem.failure(
        code,
        "Client \"%s\" (%s)%s: %s"
            .formatted(settings.client(), provider, queue, failure.getMessage()),
        action);
  }
}
