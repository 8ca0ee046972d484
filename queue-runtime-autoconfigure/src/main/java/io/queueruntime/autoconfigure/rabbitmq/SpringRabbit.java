package io.queueruntime.autoconfigure.rabbitmq;

import java.util.Optional;

/**
 * What Spring AMQP is configured with, where the application has it. Implementations are
 * thread-safe.
 */
interface SpringRabbit {

  Optional<FoundRabbit> find();
}
