package io.queueruntime.kafka;

import io.queueruntime.kafka.local.LocalKafka;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The broker of all tests of this module, started by the first that needs it and ended with the
 * JVM. Thread-safe.
 */
final class SharedBroker {

  private static LocalKafka broker;
  private static BrokerVersion version;

  private SharedBroker() {}

  static synchronized LocalKafka get() {
    if (broker == null) {
      try {
        Path target = Files.createDirectories(Path.of("target"));
        broker = LocalKafka.start(Files.createTempDirectory(target, "kafka"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return broker;
  }

  static synchronized BrokerVersion version() {
    if (version == null) {
      try (Clients clients = new Clients(options())) {
        version = clients.version();
      }
    }
    return version;
  }

  static KafkaOptions options() {
    return KafkaOptions.of(Map.of("bootstrap.servers", get().bootstrapServers()));
  }
}
