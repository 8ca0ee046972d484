package io.queueruntime.kafka;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.message.QueueDescription;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.provider.front.Front;
import io.queueruntime.provider.front.StoreCapabilities;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Creates, deletes and describes queues. Thread-safe. */
final class KafkaAdmin implements QueueAdmin {

  private static final QueueName ANY = QueueName.of("any");

  /** What Kafka allows, less what is put before it for dead letters. */
  private static final int NAME_MAX = 249 - 4;

  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9._-]+");

  private final ProviderParts parts;

  KafkaAdmin(ProviderParts parts) {
    this.parts = parts;
  }

  @Override
  public boolean create(QueueName queue, QueueOptions options) {
    parts.open(queue);
    check(queue, options);
    Definition noted = parts.catalog().all().get(queue.value());
    if (noted != null) {
      refuseDifferences(noted, options);
      parts.topics().create(noted); // it may have been interrupted halfway
      parts.definitions().put(noted);
      return false;
    }
    if (parts.definitions().partitions(queue.value()).isPresent()) {
      refuseDifferences(Definition.foreign(queue), options);
      return false;
    }
    Definition made =
        new Definition(
            queue,
            options,
            options.sessions() ? parts.options().sessionPartitions() : 0,
            parts.time().now(),
            true);
    parts.topics().create(made);
    parts.catalog().put(made);
    parts.definitions().isThere(made, made.deadLetters());
    parts.definitions().isThere(made, made.topic());
    parts.definitions().put(made);
    return true;
  }

  private static void refuseDifferences(Definition found, QueueOptions wanted) {
    List<String> differences = found.options().immutableDifferences(wanted);
    if (!differences.isEmpty()) {
      throw new ConfigurationInvalid(
          found.name().value(),
          "Queue '%s' exists at Kafka and cannot be changed: %s; use another name, or delete it."
              .formatted(found.name(), String.join(", ", differences)));
    }
  }

  @Override
  public void update(QueueName queue, QueueOptions options) {
    parts.open(queue);
    check(queue, options);
    parts.definitions().forget(queue);
    Definition found = parts.definitions().of(queue);
    refuseDifferences(found, options);
    if (!found.known()) {
      throw new ConfigurationInvalid(
          queue.value(),
          "Queue '%s' was not created by this library, so that nothing is kept of its options; set declare: none."
              .formatted(queue));
    }
    Definition changed = found.with(options);
    parts.catalog().put(changed);
    parts.definitions().put(changed);
  }

  private void check(QueueName queue, QueueOptions options) {
    if (queue.value().length() > NAME_MAX || !NAME.matcher(queue.value()).matches()) {
      throw new ConfigurationInvalid(
          queue.value(),
          "Queue '%s' has a name that Kafka does not take: at most %d letters, digits, dots, underscores and dashes."
              .formatted(queue, NAME_MAX));
    }
    need(queue, Capability.DUPLICATE_DETECTION, options.duplicateDetectionWindow());
    StoreCapabilities.check(queue, options);
    need(queue, Capability.AUTO_DELETE_ON_IDLE, options.autoDeleteOnIdle());
    need(queue, Capability.CAPACITY, options.capacity() == 0 ? null : options);
    if (options.forwardTo() != null || options.forwardDeadLettersTo() != null) {
      throw new ConfigurationInvalid(
          queue.value(),
          "Queue '%s' is to forward its messages, which is not done at Kafka.".formatted(queue));
    }
  }

  private void need(QueueName queue, Capability capability, @Nullable Object asked) {
    if (asked != null && !parts.capabilities().has(capability)) {
      throw parts.unsupported(queue, capability);
    }
  }

  @Override
  public boolean delete(QueueName queue) {
    parts.open(queue);
    parts.definitions().forget(queue);
    Optional<Definition> found = parts.definitions().find(queue);
    parts.catalog().remove(queue.value());
    parts.definitions().forget(queue);
    if (found.isEmpty()) {
      parts.fronts().forget(queue); // also what an earlier deletion left in the state store
      return false;
    }
    Definition gone = found.get();
    deleteTopic(gone, gone.topic());
    deleteTopic(gone, gone.deadLetters());
    parts.fronts().forget(queue);
    deleteGroup(parts.group(gone.topic()));
    deleteGroup(parts.group(gone.deadLetters()));
    return true;
  }

  private void deleteTopic(Definition queue, String topic) {
    if (parts.definitions().partitions(topic).isPresent()) {
      parts
          .clients()
          .ask(
              queue.name().value(),
              "delete queue '%s'".formatted(queue.name()),
              admin -> admin.deleteTopics(List.of(topic)).all());
      parts.definitions().awaitGone(topic);
    }
  }

  private void deleteGroup(String group) {
    try {
      parts
          .clients()
          .ask(
              null,
              "delete group '%s'".formatted(group),
              admin -> admin.deleteConsumerGroups(List.of(group)).all());
    } catch (QueueRuntimeException e) {
      // there is none, or it has members elsewhere: without its topic it means nothing
    }
  }

  @Override
  public boolean exists(QueueName queue) {
    parts.open(queue);
    parts.definitions().forget(queue);
    return parts.definitions().find(queue).isPresent();
  }

  @Override
  public Optional<QueueDescription> describe(QueueName queue) {
    parts.open(queue);
    parts.definitions().forget(queue);
    return parts.definitions().find(queue).map(Definition::description);
  }

  @Override
  public QueueStatistics statistics(QueueName queue) {
    parts.open(queue);
    Definition found = parts.definitions().of(queue);
    for (SubQueue subQueue : SubQueue.values()) {
      Front front = parts.fronts().find(queue, subQueue);
      if (front != null) {
        front.sync();
      }
    }
    long active = parts.browsing().count(queue, found.topic());
    long dead = parts.browsing().count(queue, found.deadLetters());
    int deferred = parts.fronts().deferred(queue);
    int scheduled = parts.fronts().scheduled(queue);
    return new QueueStatistics(active + deferred, 0, scheduled, 0, dead, 0, 0);
  }

  @Override
  public long purge(QueueName queue) {
    parts.open(queue);
    Front front = parts.fronts().of(queue, SubQueue.MAIN);
    return Taking.remove(front, number -> true);
  }

  /** Those that were created through this library. */
  @Override
  public List<QueueName> list() {
    parts.open(ANY);
    return parts.catalog().all().keySet().stream().sorted().map(QueueName::of).toList();
  }
}
