package io.queueruntime.autoconfigure.kafka;

import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;

/**
 * Where Kafka is, for an application that starts one itself. Takes the place of what is configured
 * but for {@code queue-runtime.kafka.bootstrap-servers}. Implementations are thread-safe.
 */
public interface KafkaQueueConnectionDetails extends ConnectionDetails {

  /** E.g. {@code 127.0.0.1:9092}; several are parted by commas. */
  String getBootstrapServers();
}
