package io.queueruntime.autoconfigure;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/**
 * Reports what the runtime itself found wrong with a start, e.g. when a runner sends to a queue
 * that nobody declared. Failures whose cause is in the application's code are left with their stack
 * traces. Thread-safe.
 */
@Order(0)
final class QueueRuntimeExceptionFailureAnalyzer
    extends AbstractFailureAnalyzer<QueueRuntimeException> {

  private final ConfiguredProperties configured;

  QueueRuntimeExceptionFailureAnalyzer(Environment environment) {
    this.configured = new ConfiguredProperties(environment);
  }

  @Override
  protected @Nullable FailureAnalysis analyze(Throwable rootFailure, QueueRuntimeException cause) {
    if (cause instanceof QueueNotFound) {
      return analysis("QR-101", cause, declare(cause.queue().orElse("orders")));
    } else if (cause instanceof ConfigurationInvalid) {
      return analysis("QR-155", cause, "Correct the configuration.");
    } else if (cause instanceof StorageFailed storage) {
      return analysis(
          EmbeddedQueueProviderFactory.code(storage.reason()),
          cause,
          "Correct the cause, or set queue-runtime.embedded.directory to another directory.");
    } else if (cause instanceof UnsupportedCapability) {
      return analysis("QR-117", cause, "Use another provider for this queue, or do without.");
    }
    return null;
  }

  private String declare(String queue) {
    Set<String> known = configured.childrenOf(ConfigurationPropertyName.of(QueueCatalog.QUEUES));
    return ClientSelection.suggestion(queue, known)
        + "A queue that is only sent to is not created by itself. Declare it: %s: {}"
            .formatted(ConfiguredProperties.below(QueueCatalog.QUEUES, queue));
  }

  private static FailureAnalysis analysis(String code, QueueRuntimeException cause, String action) {
    return new FailureAnalysis(
        "[" + code + "] " + cause.getMessage(), "[" + code + "] " + action, cause);
  }
}
