package io.queueruntime.rabbitmq;

import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.message.QueueName;
import io.queueruntime.provider.CallbackThreads;
import io.queueruntime.provider.Capability;
import java.util.UUID;

/** What the parts of one provider share. Thread-safe. */
final class ProviderParts {

  private final RabbitMqOptions options;
  private final RabbitTime time;
  private final Pace pace;
  private final Connections connections;
  private final CallbackThreads callbacks = new CallbackThreads("queue-runtime-rabbitmq");
  private final SequenceNumbers numbers;
  private final Definitions definitions;
  private final Declarations declarations;
  private final Publisher publisher;
  private final DelayLadder ladder;
  private final DeadLettering deadLettering;
  private final DeliveryHistory history = new DeliveryHistory();
  private final String instance = UUID.randomUUID().toString();

  ProviderParts(RabbitMqOptions options, RabbitTime time, Pace pace) {
    this.options = options;
    this.pace = pace;
    this.time = time;
    this.connections = new Connections(options);
    this.numbers = new SequenceNumbers(time::millis);
    Catalog catalog = new Catalog(connections, options.names());
    this.definitions = new Definitions(connections, catalog);
    this.declarations = new Declarations(connections, catalog, definitions, options, time);
    this.publisher = new Publisher(connections, options.sendTimeout(), time, callbacks);
    this.ladder = new DelayLadder(connections, options.names(), pace.rungs());
    this.deadLettering = new DeadLettering(this);
  }

  RabbitMqOptions options() {
    return options;
  }

  RabbitTime time() {
    return time;
  }

  Pace pace() {
    return pace;
  }

  Connections connections() {
    return connections;
  }

  CallbackThreads callbacks() {
    return callbacks;
  }

  SequenceNumbers numbers() {
    return numbers;
  }

  Definitions definitions() {
    return definitions;
  }

  Declarations declarations() {
    return declarations;
  }

  Publisher publisher() {
    return publisher;
  }

  DelayLadder ladder() {
    return ladder;
  }

  DeadLettering deadLettering() {
    return deadLettering;
  }

  DeliveryHistory history() {
    return history;
  }

  /**
   * How much this process wants to be a partition's active consumer, 0 to 255: each process draws
   * another order of the partitions, so that they spread evenly, and few move when one comes or
   * goes.
   */
  int rankOf(String partition) {
    return Definition.partitionOf(instance + partition, 256);
  }

  /** Fails once the provider is closed. */
  void open(QueueName queue) {
    if (connections.isClosed()) {
      throw closed(queue);
    }
  }

  Closed closed(QueueName queue) {
    return new Closed(
        queue.value(),
        "Queue '%s' cannot be used any more: its RabbitMQ client was closed.".formatted(queue));
  }

  UnsupportedCapability unsupported(QueueName queue, Capability capability) {
    return new UnsupportedCapability(
        queue.value(),
        "Queue '%s' is kept by RabbitMQ %s, without %s: %s"
            .formatted(
                queue,
                connections.version().text(),
                capability.title(),
                RabbitMqCapabilities.of(connections.version(), options).of(capability).words()));
  }

  void close() {
    publisher.close();
    connections.close();
    time.close();
    callbacks.close();
  }
}
