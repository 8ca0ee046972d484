package io.queueruntime.rabbitmq;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.queueruntime.rabbitmq.local.LocalRabbitMq;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Assumptions;

/**
 * The broker of all tests of this module, started by the first that needs it and ended with the
 * JVM. Where none is installed the tests are skipped, loudly; with {@code CI} set they fail.
 * Thread-safe.
 */
final class SharedBroker {

  private static final System.Logger LOG = System.getLogger(SharedBroker.class.getName());
  private static LocalRabbitMq broker;
  private static String version;

  private SharedBroker() {}

  static synchronized LocalRabbitMq get() {
    if (broker == null) {
      requireInstalled();
      try {
        broker = LocalRabbitMq.start(Path.of("target", "rabbitmq"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return broker;
  }

  private static void requireInstalled() {
    if (LocalRabbitMq.installed().isEmpty()) {
      String reason =
          "SKIPPED, no RabbitMQ to test with: install one (apt-get install rabbitmq-server), or let "
              + LocalRabbitMq.HOME_VARIABLE
              + " point to one.";
      if (System.getenv("CI") != null) {
        throw new IllegalStateException(reason);
      }
      LOG.log(System.Logger.Level.ERROR, reason);
      Assumptions.abort(reason);
    }
  }

  static synchronized String version() {
    if (version == null) {
      try (Connection connection = connections().newConnection()) {
        version = connection.getServerProperties().get("version").toString();
      } catch (IOException | TimeoutException e) {
        throw new IllegalStateException(e);
      }
    }
    return version;
  }

  static ConnectionFactory connections() {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setHost("127.0.0.1");
    factory.setPort(get().port());
    return factory;
  }
}
