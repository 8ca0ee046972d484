package io.queueruntime.autoconfigure.kafka;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What is read of {@code spring.kafka} where Spring Kafka is not there to read it. Immutable.
 *
 * @param bootstrapServers each {@code host:port}
 * @param properties of Kafka's own clients
 */
record SpringKafkaProperties(
    @DefaultValue("localhost:9092") List<String> bootstrapServers,
    @DefaultValue Map<String, String> properties,
    @DefaultValue Security security) {

  /**
   * How the connection is kept safe.
   *
   * @param protocol e.g. {@code SASL_SSL}
   */
  record Security(@Nullable String protocol) {}

  /** Without the clients' properties, among which there may be a password. */
  @Override
  public String toString() {
    return "SpringKafkaProperties[bootstrapServers=%s]".formatted(bootstrapServers);
  }
}
