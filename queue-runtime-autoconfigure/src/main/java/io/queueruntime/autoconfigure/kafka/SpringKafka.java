package io.queueruntime.autoconfigure.kafka;

import java.util.Optional;

/**
 * What Spring Kafka is configured with, where the application has it. Implementations are
 * thread-safe.
 */
interface SpringKafka {

  Optional<FoundKafka> find();
}
