package io.queueruntime.kafka;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.message.QueueName;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is known of the queues, looked up at the broker when it is first asked for and again after a
 * while. Thread-safe; a look-up blocks.
 */
final class Definitions {

  /** How long it takes until a change that another client made is seen here. */
  private static final Duration FRESH = Duration.ofMinutes(1);

  /** How much later a broker hears of a topic at most. */
  private static final Duration LATE_MAX = Duration.ofSeconds(5);

  private static final Duration LATE_LOOK = Duration.ofMillis(20);

  private final Clients clients;
  private final Catalog catalog;
  private final Map<QueueName, Entry> entries = new ConcurrentHashMap<>();

  private record Entry(Definition definition, long readNanos) {}

  Definitions(Clients clients, Catalog catalog) {
    this.clients = clients;
    this.catalog = catalog;
  }

  /** The queue; fails with {@code QueueNotFound} when there is none. */
  Definition of(QueueName queue) {
    return find(queue)
        .orElseThrow(
            () ->
                new QueueNotFound(
                    queue.value(),
                    "Cannot use queue '%s': Kafka has no such topic; create it, or set declare: create."
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
      return isThere(noted, queue.value()) ? Optional.of(noted) : Optional.empty();
    }
    return partitions(queue.value()).isPresent()
        ? Optional.of(Definition.foreign(queue))
        : Optional.empty();
  }

  /**
   * Whether a queue's topic is there. A broker may hear of a topic later than the one that made it,
   * so that it is asked again for a while where the catalog says that there is one.
   */
  boolean isThere(Definition queue, String topic) {
    long begun = System.nanoTime();
    while (partitions(topic).isEmpty()) {
      boolean noted = queue.known() && catalog.all().containsKey(queue.name().value());
      if (!noted || System.nanoTime() - begun > LATE_MAX.toNanos()) {
        return false;
      }
      if (!pause()) {
        return false;
      }
    }
    return true;
  }

  /** Returns once a topic that was deleted is not seen any more. */
  void awaitGone(String topic) {
    long begun = System.nanoTime();
    while (partitions(topic).isPresent()
        && System.nanoTime() - begun < LATE_MAX.toNanos()
        && pause()) {
      // a broker may hear of it later than the one that deleted it
    }
  }

  /** Before it is asked again: no broker tells when it has heard; false when it is of no use. */
  private boolean pause() {
    try {
      return !clients.awaitClosed(LATE_LOOK);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** How many partitions a topic has; empty when there is none. */
  OptionalInt partitions(String topic) {
    try {
      return OptionalInt.of(
          clients
              .ask(
                  topic,
                  "look for queue '%s'".formatted(topic),
                  admin -> admin.describeTopics(List.of(topic)).topicNameValues().get(topic))
              .partitions()
              .size());
    } catch (QueueNotFound | ConfigurationInvalid e) {
      return OptionalInt.empty();
    }
  }

  void put(Definition definition) {
    entries.put(definition.name(), new Entry(definition, System.nanoTime()));
  }

  void forget(QueueName queue) {
    entries.remove(queue);
  }
}
