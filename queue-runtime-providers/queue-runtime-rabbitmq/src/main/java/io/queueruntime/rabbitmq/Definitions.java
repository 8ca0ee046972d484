package io.queueruntime.rabbitmq;

import com.rabbitmq.client.Channel;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.message.QueueName;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is known of the queues, looked up at the broker when it is first asked for and again after a
 * while. Thread-safe; a look-up blocks.
 */
final class Definitions {

  /** How long it takes until a change that another client made is seen here. */
  private static final Duration FRESH = Duration.ofMinutes(1);

  private final Connections connections;
  private final Catalog catalog;
  private final Map<QueueName, Entry> entries = new ConcurrentHashMap<>();

  private record Entry(Definition definition, long readNanos) {}

  Definitions(Connections connections, Catalog catalog) {
    this.connections = connections;
    this.catalog = catalog;
  }

  /** The queue; fails with {@code QueueNotFound} when there is none. */
  Definition of(QueueName queue) {
    return find(queue)
        .orElseThrow(
            () ->
                new QueueNotFound(
                    queue.value(),
                    "Cannot use queue '%s': RabbitMQ has no such queue in this virtual host; create it, or set declare: create."
                        .formatted(queue)));
  }

  Optional<Definition> find(QueueName queue) {
    Entry entry = entries.get(queue);
    if (entry != null && System.nanoTime() - entry.readNanos < FRESH.toNanos()) {
      return Optional.of(entry.definition);
    }
    Optional<Definition> found = look(queue);
    found.ifPresentOrElse(this::put, () -> forget(queue));
    return found;
  }

  boolean isFresh(QueueName queue) {
    Entry entry = entries.get(queue);
    return entry != null && System.nanoTime() - entry.readNanos < FRESH.toNanos();
  }

  /** What was known last, however old, so that nobody has to wait. */
  Definition last(Definition known) {
    Entry entry = entries.get(known.name());
    return entry == null ? known : entry.definition;
  }

  private Optional<Definition> look(QueueName queue) {
    Definition noted = catalog.all().get(queue.value());
    if (noted != null) {
      return isThere(noted.partitions() == 0 ? queue.value() : noted.partition(0))
          ? Optional.of(noted)
          : Optional.empty();
    }
    return isThere(queue.value()) ? Optional.of(Definition.foreign(queue)) : Optional.empty();
  }

  boolean isThere(String name) {
    Channel channel = connections.channel();
    try {
      channel.queueDeclarePassive(name);
      return true;
    } catch (IOException e) {
      int code = Failures.replyCode(e);
      if (code == Failures.NOT_FOUND) {
        return false;
      } else if (code == Failures.RESOURCE_LOCKED) {
        return true;
      }
      throw Failures.of(name, "look for queue '%s'".formatted(name), e);
    } finally {
      Connections.closeQuietly(channel);
    }
  }

  void put(Definition definition) {
    entries.put(definition.name(), new Entry(definition, System.nanoTime()));
  }

  void forget(QueueName queue) {
    entries.remove(queue);
  }
}
