package io.queueruntime.histories;

import com.rabbitmq.client.ConnectionFactory;
import io.queueruntime.history.Disturbances;
import io.queueruntime.history.Relaxations;
import io.queueruntime.kafka.KafkaOptions;
import io.queueruntime.kafka.KafkaQueueProvider;
import io.queueruntime.kafka.local.LocalKafka;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.rabbitmq.RabbitMqOptions;
import io.queueruntime.rabbitmq.RabbitMqQueueProvider;
import io.queueruntime.rabbitmq.local.LocalRabbitMq;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * A broker of the run's own behind a proxy that cuts connections, and what its provider does not
 * promise. Used by one thread.
 */
final class Broker implements AutoCloseable {

  private static final int PARTITIONS = 4;

  /** What the broker does that is killed. */
  private interface Node extends AutoCloseable {
    void crash() throws IOException;
  }

  private final String provider;
  private final CuttingProxy proxy;
  private final Node node;

  private Broker(String provider, CuttingProxy proxy, Node node) {
    this.provider = provider;
    this.proxy = proxy;
    this.node = node;
  }

  /**
   * Starts one.
   *
   * @param provider rabbitmq or kafka
   * @param directory for its data
   */
  static Broker start(String provider, Path directory) throws IOException {
    CuttingProxy proxy = CuttingProxy.open();
    return switch (provider) {
      case "rabbitmq" -> {
        LocalRabbitMq node = LocalRabbitMq.start(directory);
        proxy.to(node.port());
        yield new Broker(provider, proxy, node(node::crash, node));
      }
      case "kafka" -> {
        LocalKafka node =
            LocalKafka.start(
                directory,
                Map.of(
                    "advertised.listeners",
                    "PLAINTEXT://127.0.0.1:" + proxy.port(),
                    // a killed broker is taken back once it has been missed
                    "broker.session.timeout.ms",
                    "6000",
                    // a killed process is to be missed within the run
                    "group.consumer.session.timeout.ms",
                    "6000",
                    "group.consumer.min.session.timeout.ms",
                    "6000"));
        proxy.to(node.port());
        yield new Broker(provider, proxy, node(node::crash, node));
      }
      default ->
          throw new IllegalArgumentException(
              "No provider '" + provider + "'; choose rabbitmq or kafka.");
    };
  }

  private interface Crash {
    void now() throws IOException;
  }

  private static Node node(Crash crash, AutoCloseable closing) {
    return new Node() {
      @Override
      public void crash() throws IOException {
        crash.now();
      }

      @Override
      public void close() throws Exception {
        closing.close();
      }
    };
  }

  /** Where members find it, for {@link #connect}. */
  String address() {
    return "127.0.0.1:" + proxy.port();
  }

  /** Connects to the broker of that provider. */
  static QueueProvider connect(String provider, String address) {
    if (provider.equals("kafka")) {
      return new KafkaQueueProvider(
          KafkaOptions.of(Map.of("bootstrap.servers", address))
              .withPartitions(PARTITIONS)
              .withSessionPartitions(PARTITIONS));
    }
    ConnectionFactory factory = new ConnectionFactory();
    try {
      factory.setUri("amqp://guest:guest@" + address);
    } catch (Exception e) {
      throw new IllegalArgumentException("No address of a RabbitMQ: " + address, e);
    }
    return new RabbitMqQueueProvider(RabbitMqOptions.of(factory).withSessionPartitions(PARTITIONS));
  }

  /**
   * What the documentation of its provider says that it does not promise.
   *
   * @param wanted how long a fault may be felt; zero: as long as on a machine that keeps up
   */
  Relaxations relaxations(Duration wanted) {
    boolean kafka = provider.equals("kafka");
    // Kafka misses a killed process after the time-out of its session, RabbitMQ at once.
    Duration reach = wanted.isZero() ? Duration.ofSeconds(kafka ? 15 : 5) : wanted;
    return Relaxations.NONE
        .withClockSlack(Duration.ofMillis(50))
        .withDisturbances(new Disturbances(reach, !kafka, true, true, countsFetches(), true, true));
  }

  /** Before 4.3 RabbitMQ counts each return of a message. */
  private boolean countsFetches() {
    String home =
        provider.equals("rabbitmq")
            ? LocalRabbitMq.installed().map(path -> path.getFileName().toString()).orElse("")
            : "";
    return home.matches(".*-(3\\.\\d+|4\\.[0-2])\\..*");
  }

  /** Kills it and starts it on its data. */
  void crash() throws IOException {
    node.crash();
  }

  /** Cuts all connections to it. */
  void cut() {
    proxy.cut();
  }

  @Override
  public void close() throws Exception {
    node.close();
    proxy.close();
  }
}
