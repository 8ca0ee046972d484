package io.queueruntime.servicebus;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import java.time.Duration;
import java.util.Optional;

/** What is asked of a receive, brought into what a broker at some distance can do. */
final class Receiving {

  /**
   * What "look once" means where looking is a question to somebody else: Service Bus never says
   * that there is nothing, so for that long nothing coming is taken for it.
   */
  static final Duration SHORTEST_WAIT = Duration.ofMillis(250);

  private Receiving() {}

  static Duration wait(Duration asked) {
    return asked.compareTo(SHORTEST_WAIT) < 0 ? SHORTEST_WAIT : asked;
  }

  static Optional<ValidationFailed> check(QueueName queue, int maxMessages) {
    return maxMessages >= 1
        ? Optional.empty()
        : Optional.of(
            new ValidationFailed(
                queue.value(),
                "Cannot receive from queue '%s': at least 1 message is received, found %d."
                    .formatted(queue, maxMessages)));
  }
}
