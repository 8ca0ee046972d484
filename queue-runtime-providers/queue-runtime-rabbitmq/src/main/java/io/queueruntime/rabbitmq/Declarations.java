package io.queueruntime.rabbitmq;

import com.rabbitmq.client.Channel;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.ProviderTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes the broker's queues that one queue of ours is made of, and takes them away.
 *
 * <p>Thread-safe; blocks.
 */
final class Declarations {

  /** What the names of partitions and dead-letter queues add. */
  private static final int NAME_BYTES_MAX = Wire.SHORT_BYTES - 5;

  /**
   * Returns that the broker counts beyond the deliveries that are allowed before it dead-letters a
   * message itself. The runtime counts exactly and dead-letters at once; this is for a message
   * whose handler kills its process. It is more than one, as the broker also counts messages that
   * had only been fetched when their process died.
   */
  private static final int LIMIT_MARGIN = 20;

  /** Before 4.3 it counts every return: of a process that ends in good order, and of a look. */
  private static final int LIMIT_MARGIN_WHERE_ALL_COUNTS = 200;

  private final Connections connections;
  private final Catalog catalog;
  private final Definitions definitions;
  private final RabbitMqOptions options;
  private final ProviderTime time;

  Declarations(
      Connections connections,
      Catalog catalog,
      Definitions definitions,
      RabbitMqOptions options,
      ProviderTime time) {
    this.connections = connections;
    this.catalog = catalog;
    this.definitions = definitions;
    this.options = options;
    this.time = time;
  }

  boolean create(QueueName queue, QueueOptions wanted) {
    Definition noted = catalog.all().get(queue.value());
    if (noted != null) {
      refuseDifferences(noted, wanted);
      declare(noted); // it may have been interrupted halfway
      definitions.put(noted);
      return false;
    }
    if (definitions.isThere(queue.value())) {
      refuseDifferences(Definition.foreign(queue), wanted);
      return false;
    }
    checkName(queue);
    Definition made =
        new Definition(
            queue, wanted, wanted.sessions() ? options.sessionPartitions() : 0, time.now(), true);
    declare(made);
    catalog.put(made);
    definitions.put(made);
    return true;
  }

  private static void refuseDifferences(Definition found, QueueOptions wanted) {
    List<String> differences = found.options().immutableDifferences(wanted);
    if (!differences.isEmpty()) {
      throw new ConfigurationInvalid(
          found.name().value(),
          "Queue '%s' exists at RabbitMQ and cannot be changed: %s; use another name, or delete it."
              .formatted(found.name(), String.join(", ", differences)));
    }
  }

  private static void checkName(QueueName queue) {
    int bytes = queue.value().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > NAME_BYTES_MAX) {
      throw new ConfigurationInvalid(
          queue.value(),
          "Queue '%s' has a name of %d bytes; RabbitMQ takes %d, with what is added for dead letters and partitions."
              .formatted(queue, bytes, NAME_BYTES_MAX));
    }
  }

  private void declare(Definition queue) {
    declareDeadLetters(queue.name().value());
    connections.repeatable(
        queue.name().value(),
        "declare queue '%s'".formatted(queue.name()),
        channel -> {
          for (String name : names(queue)) {
            channel.queueDeclare(name, true, false, false, arguments(queue));
          }
          return true;
        });
  }

  private Map<String, Object> arguments(Definition queue) {
    Map<String, Object> arguments = new HashMap<>();
    arguments.put("x-queue-type", "quorum");
    // Always said: without it, 3.x puts what is returned behind all others, and 4.x has one of 20.
    int margin =
        connections.version().releasesUncounted() ? LIMIT_MARGIN : LIMIT_MARGIN_WHERE_ALL_COUNTS;
    arguments.put("x-delivery-limit", queue.options().maxDeliveryCount() + margin);
    arguments.put("x-dead-letter-exchange", "");
    arguments.put("x-dead-letter-routing-key", queue.deadLetters());
    arguments.put("x-dead-letter-strategy", "at-least-once");
    arguments.put("x-overflow", "reject-publish"); // the strategy needs it
    if (queue.partitions() > 0) {
      arguments.put("x-single-active-consumer", true);
    }
    return arguments;
  }

  /** Never expires, and gives up nothing however often it is looked at. */
  void declareDeadLetters(String queue) {
    Map<String, Object> arguments = new HashMap<>();
    arguments.put("x-queue-type", "quorum");
    if (connections.version().limitsByDefault()) {
      arguments.put("x-delivery-limit", -1); // which before 4.0 would mean to drop at once
    }
    connections.repeatable(
        queue,
        "declare the dead-letter queue of queue '%s'".formatted(queue),
        channel ->
            channel.queueDeclare(Definition.deadLetters(queue), true, false, false, arguments));
  }

  void update(QueueName queue, QueueOptions wanted) {
    Definition found =
        Optional.ofNullable(catalog.all().get(queue.value())).orElseGet(() -> foreign(queue));
    refuseDifferences(found, wanted);
    if (!found.known()) {
      throw new ConfigurationInvalid(
          queue.value(),
          "Queue '%s' was declared by somebody else; it is used as it is and cannot be changed from here."
              .formatted(queue));
    }
    if (!found.options().equals(wanted)) {
      catalog.put(found.with(wanted));
    }
    definitions.put(found.with(wanted));
  }

  private Definition foreign(QueueName queue) {
    definitions.forget(queue);
    return definitions
        .find(queue)
        .orElseThrow(
            () ->
                new QueueNotFound(
                    queue.value(),
                    "Cannot change queue '%s': RabbitMQ has no such queue; create it."
                        .formatted(queue)));
  }

  boolean delete(QueueName queue) {
    definitions.forget(queue);
    Definition found = definitions.find(queue).orElse(null);
    boolean noted = catalog.remove(queue.value());
    definitions.forget(queue);
    if (found == null) {
      return noted;
    }
    List<String> all = new ArrayList<>(names(found));
    all.add(found.deadLetters());
    connections.with(
        queue.value(),
        "delete queue '%s'".formatted(queue),
        channel -> {
          for (String name : all) {
            channel.queueDelete(name); // succeeds too when it is not there
          }
          return true;
        });
    return true;
  }

  static List<String> names(Definition queue) {
    if (queue.partitions() == 0) {
      return List.of(queue.name().value());
    }
    List<String> names = new ArrayList<>();
    for (int number = 0; number < queue.partitions(); number++) {
      names.add(queue.partition(number));
    }
    return names;
  }

  /** How many messages are ready in those queues. */
  static long ready(Channel channel, List<String> names) throws IOException {
    long ready = 0;
    for (String name : names) {
      ready += channel.messageCount(name);
    }
    return ready;
  }

  Catalog catalog() {
    return catalog;
  }
}
