package io.queueruntime.autoconfigure;

import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.QueueProvider;
import java.util.List;
import java.util.Optional;

/**
 * Opens the provider of one name: what an adapter contributes as a bean so that {@code
 * queue-runtime.provider} can choose it.
 *
 * <p>Implementations are thread-safe.
 */
public interface QueueProviderFactory {

  /**
   * What is written into {@code queue-runtime.provider}; also the prefix of the provider's
   * settings.
   */
  String name();

  /**
   * Whether queues live in this application alone, so that those its listeners name are created
   * unless told otherwise.
   */
  default boolean createsQueues() {
    return false;
  }

  /**
   * Whether somebody else's settings or beans say where queues are, which chooses this provider
   * when nothing under {@code queue-runtime} chooses one.
   *
   * @param settings of the main client, which has none of this provider
   */
  default boolean isConfiguredElsewhere(ProviderSettings settings) {
    return false;
  }

  /** What a queue is created with where nothing is configured. */
  default QueueOptions queueDefaults(ProviderSettings settings) {
    return QueueOptions.DEFAULTS;
  }

  /** Looks at the settings without any I/O and tells what is wrong or risky. */
  default List<StartupProblem> check(ProviderSettings settings) {
    return List.of();
  }

  /**
   * Looks, without any I/O, at what one queue is configured with, and tells what this provider
   * cannot do. Asked before the provider is opened; a problem that fails the start keeps it closed.
   */
  default List<StartupProblem> checkQueue(ProviderSettings settings, QueueSettings queue) {
    return List.of();
  }

  /**
   * The settings that matter in one line of the log, e.g. where messages are kept; holds no secret.
   */
  default String summary(ProviderSettings settings) {
    return "";
  }

  /**
   * Connects, or opens what is to be opened.
   *
   * @throws io.queueruntime.QueueRuntimeException when that fails
   */
  QueueProvider open(ProviderSettings settings);

  /**
   * Why a provider that it opened takes no more work, or keeps nothing of it, without any I/O;
   * empty while all is well, or where this is not known.
   */
  default Optional<Throwable> failure(QueueProvider opened) {
    return Optional.empty();
  }

  /**
   * What to tell a user when {@link #open} failed, where this provider knows better than the
   * exception's own text.
   */
  default StartupProblem explain(ProviderSettings settings, RuntimeException failure) {
    return StartupProblem.failure(
        "QR-100",
        "Client \"%s\" (%s) cannot be opened: %s"
            .formatted(settings.client(), name(), failure.getMessage()),
        "Correct the cause and start again.");
  }
}
