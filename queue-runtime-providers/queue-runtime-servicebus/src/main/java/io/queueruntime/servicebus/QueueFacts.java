package io.queueruntime.servicebus;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of the queues' settings: asked for once before the first send, and again after a
 * while or when something did not fit. With a key or role that may not look at them (that needs
 * Manage) nothing is known, and what Service Bus does not refuse itself goes through.
 *
 * <p>Thread-safe.
 */
final class QueueFacts {

  private static final Logger log = LoggerFactory.getLogger(QueueFacts.class);
  private static final Duration KEPT = Duration.ofMinutes(5);
  private static final int MAX = 10_000;

  private record Known(CompletableFuture<Optional<QueueOptions>> options, long until) {}

  private final ProviderTime time;
  private final Function<QueueName, CompletableFuture<Optional<QueueOptions>>> lookup;
  private final Map<QueueName, Known> known = new ConcurrentHashMap<>();

  /**
   * @param lookup asks the namespace; empty where there is no such queue
   */
  QueueFacts(
      ProviderTime time, Function<QueueName, CompletableFuture<Optional<QueueOptions>>> lookup) {
    this.time = time;
    this.lookup = lookup;
  }

  /**
   * The queue's settings, empty when they cannot be looked at.
   *
   * <p>Fails with {@code QueueNotFound} when there is no such queue.
   */
  CompletableFuture<Optional<QueueOptions>> of(QueueName queue) {
    if (known.size() > MAX) {
      known.clear();
    }
    Known found = known.get(queue);
    if (found == null
        || found.until - time.nanos() <= 0
        || found.options.isCompletedExceptionally()) {
      found = new Known(ask(queue), time.nanos() + KEPT.toNanos());
      known.put(queue, found);
    }
    return found.options;
  }

  /** The settings if they are known already, without asking. */
  Optional<QueueOptions> ifKnown(QueueName queue) {
    Known found = known.get(queue);
    return found == null || !found.options.isDone() || found.options.isCompletedExceptionally()
        ? Optional.empty()
        : found.options.join();
  }

  private CompletableFuture<Optional<QueueOptions>> ask(QueueName queue) {
    return lookup
        .apply(queue)
        .handle(
            (options, error) -> {
              if (error == null && options.isEmpty()) {
                throw new QueueNotFound(
                    queue.value(),
                    "Cannot use queue '%s': the namespace has no such queue; create it first."
                        .formatted(queue));
              } else if (error != null) {
                QueueRuntimeException failure = Failures.of(queue, "look at").of(error);
                if (failure instanceof QueueRuntimeException.Closed) {
                  throw failure;
                }
                log.info(
                    "Cannot look at the settings of queue '{}', so that messages are checked by Service Bus only: {}",
                    queue,
                    failure.getMessage());
                return Optional.empty();
              }
              return options;
            });
  }

  void forget(QueueName queue) {
    known.remove(queue);
  }
}
