package io.queueruntime.rabbitmq;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.message.QueueDescription;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.provider.front.Front;
import io.queueruntime.provider.front.Fronts;
import io.queueruntime.provider.front.Holding;
import io.queueruntime.provider.front.StoreCapabilities;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Creates, deletes and describes queues. Thread-safe. */
final class RabbitMqAdmin implements QueueAdmin {

  private static final QueueName ANY = QueueName.of("any");

  private final ProviderParts parts;
  private final Fronts fronts;

  RabbitMqAdmin(ProviderParts parts, Fronts fronts) {
    this.parts = parts;
    this.fronts = fronts;
  }

  @Override
  public boolean create(QueueName queue, QueueOptions options) {
    parts.open(queue);
    check(queue, options);
    return parts.declarations().create(queue, options);
  }

  @Override
  public void update(QueueName queue, QueueOptions options) {
    parts.open(queue);
    check(queue, options);
    parts.declarations().update(queue, options);
  }

  private void check(QueueName queue, QueueOptions options) {
    Capabilities capabilities = parts.capabilities();
    need(queue, capabilities, Capability.DUPLICATE_DETECTION, options.duplicateDetectionWindow());
    StoreCapabilities.check(queue, options);
    need(queue, capabilities, Capability.AUTO_DELETE_ON_IDLE, options.autoDeleteOnIdle());
    need(queue, capabilities, Capability.CAPACITY, options.capacity() == 0 ? null : options);
    if (options.forwardTo() != null || options.forwardDeadLettersTo() != null) {
      throw new ConfigurationInvalid(
          queue.value(),
          "Queue '%s' is to forward its messages, which is not done at RabbitMQ; bind its target to an exchange instead."
              .formatted(queue));
    }
  }

  private void need(
      QueueName queue, Capabilities found, Capability capability, @Nullable Object asked) {
    if (asked != null && !found.has(capability)) {
      throw parts.unsupported(queue, capability);
    }
  }

  @Override
  public boolean delete(QueueName queue) {
    parts.open(queue);
    boolean deleted = parts.declarations().delete(queue);
    parts.ladder().forget(queue.value());
    fronts.forget(queue);
    return deleted;
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
    int deferred = fronts.deferred(queue);
    int scheduled = fronts.scheduled(queue);
    int[] main = counts(queue, SubQueue.MAIN);
    int[] dead = counts(queue, SubQueue.DEAD_LETTER);
    return parts
        .connections()
        .with(
            queue.value(),
            "count the messages of queue '%s'".formatted(queue),
            channel -> {
              long ready = Declarations.ready(channel, Declarations.names(found));
              long letters =
                  parts.definitions().isThere(found.deadLetters())
                      ? channel.messageCount(found.deadLetters())
                      : 0;
              return new QueueStatistics(
                  ready + main[0] + deferred, 0, scheduled, 0, letters + dead[0], 0, 0);
            });
  }

  private int[] counts(QueueName queue, SubQueue subQueue) {
    Front front = fronts.find(queue, subQueue);
    if (front == null) {
      return new int[] {0, 0};
    }
    front.sync();
    return front.counts();
  }

  @Override
  public long purge(QueueName queue) {
    parts.open(queue);
    Definition found = parts.definitions().of(queue);
    Front front = fronts.find(queue, SubQueue.MAIN);
    List<Holding> here = front == null ? List.of() : front.takeOut(number -> true);
    here.forEach(holding -> holding.delivery().acknowledge());
    return here.size()
        + parts
            .connections()
            .with(
                queue.value(),
                "purge queue '%s'".formatted(queue),
                channel -> {
                  long purged = 0;
                  for (String name : Declarations.names(found)) {
                    purged += channel.queuePurge(name).getMessageCount();
                  }
                  return purged;
                });
  }

  /** Those that were created through this library; RabbitMQ tells nobody of others. */
  @Override
  public List<QueueName> list() {
    parts.open(ANY);
    return parts.declarations().catalog().all().keySet().stream().map(QueueName::of).toList();
  }
}
