package io.queueruntime.samples.sessions;

import io.queueruntime.kafka.local.LocalKafka;
import io.queueruntime.rabbitmq.local.LocalRabbitMq;
import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * A broker of the sample's own that several instances share: how they reach it, and what it leaves
 * open. Ends when it is closed, or with this process. Used by one thread.
 */
final class SharedBroker implements AutoCloseable {

  private final List<String> arguments;
  private final Set<Relaxation> relaxations;
  private final Closeable broker;

  private SharedBroker(List<String> arguments, Set<Relaxation> relaxations, Closeable broker) {
    this.arguments = arguments;
    this.relaxations = relaxations;
    this.broker = broker;
  }

  /**
   * Starts one.
   *
   * @param provider servicebus, rabbitmq or kafka
   * @param directory for its data, where it has some
   */
  static SharedBroker start(String provider, Path directory) throws IOException {
    return switch (provider) {
      case "servicebus" -> serviceBus();
      case "rabbitmq" -> rabbitMq(directory);
      case "kafka" -> kafka(directory);
      default ->
          throw new IllegalArgumentException(
              "Two instances cannot share provider '%s'; choose servicebus, rabbitmq or kafka, or embedded for one instance."
                  .formatted(provider));
    };
  }

  private static SharedBroker serviceBus() {
    ServiceBusEmulator emulator = ServiceBusEmulator.start();
    return new SharedBroker(
        List.of(
            "--queue-runtime.servicebus.connection-string=" + emulator.connectionString(),
            "--queue-runtime.servicebus.management-endpoint=" + emulator.managementEndpoint()),
        Set.of(),
        emulator::close);
  }

  private static SharedBroker rabbitMq(Path directory) throws IOException {
    LocalRabbitMq node = LocalRabbitMq.start(directory);
    return new SharedBroker(
        List.of("--queue-runtime.rabbitmq.uri=" + node.uri()),
        Set.of(Relaxation.UNHEARD_COMPLETIONS),
        node::close);
  }

  private static SharedBroker kafka(Path directory) throws IOException {
    LocalKafka node = LocalKafka.start(directory);
    return new SharedBroker(
        List.of("--queue-runtime.kafka.bootstrap-servers=" + node.bootstrapServers()),
        Set.of(Relaxation.OVERLAPPING_MOVES),
        node::close);
  }

  /** Where it is, as an application is told. */
  List<String> arguments() {
    return arguments;
  }

  Set<Relaxation> relaxations() {
    return relaxations;
  }

  @Override
  public void close() throws IOException {
    broker.close();
  }
}
