package io.queueruntime.embedded;

import static io.queueruntime.embedded.Answers.await;

import io.queueruntime.engine.QueueEngine;
import io.queueruntime.message.QueueDescription;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueAdmin;
import java.util.List;
import java.util.Optional;

/** Creates, deletes and describes queues of the engine. Immutable and thread-safe. */
final class EmbeddedAdmin implements QueueAdmin {

  private final QueueEngine engine;
  private final long defaultCapacity;

  EmbeddedAdmin(QueueEngine engine, long defaultCapacity) {
    this.engine = engine;
    this.defaultCapacity = defaultCapacity;
  }

  @Override
  public boolean create(QueueName queue, QueueOptions options) {
    return await(engine.createQueue(queue, withCapacity(options)));
  }

  @Override
  public void update(QueueName queue, QueueOptions options) {
    await(engine.updateQueue(queue, withCapacity(options)));
  }

  /** A queue that names no capacity of its own gets the provider's. */
  private QueueOptions withCapacity(QueueOptions options) {
    return options.capacity() == 0 ? options.withCapacity(defaultCapacity) : options;
  }

  @Override
  public boolean delete(QueueName queue) {
    return await(engine.deleteQueue(queue));
  }

  @Override
  public boolean exists(QueueName queue) {
    return describe(queue).isPresent();
  }

  @Override
  public Optional<QueueDescription> describe(QueueName queue) {
    return await(engine.describeQueue(queue));
  }

  @Override
  public QueueStatistics statistics(QueueName queue) {
    return await(engine.statistics(queue));
  }

  @Override
  public long purge(QueueName queue) {
    return await(engine.purge(queue, SubQueue.MAIN));
  }

  @Override
  public List<QueueName> list() {
    return await(engine.listQueues());
  }
}
