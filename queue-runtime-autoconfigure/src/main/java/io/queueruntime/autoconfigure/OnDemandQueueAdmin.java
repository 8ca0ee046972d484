package io.queueruntime.autoconfigure;

import io.queueruntime.message.QueueDescription;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.provider.QueueProvider;
import java.util.List;
import java.util.Optional;

/** The administration of a provider that may not be open yet. Thread-safe. */
final class OnDemandQueueAdmin implements QueueAdmin {

  private final QueueProvider provider;

  OnDemandQueueAdmin(QueueProvider provider) {
    this.provider = provider;
  }

  @Override
  public boolean create(QueueName queue, QueueOptions options) {
    return provider.admin().create(queue, options);
  }

  @Override
  public void update(QueueName queue, QueueOptions options) {
    provider.admin().update(queue, options);
  }

  @Override
  public boolean delete(QueueName queue) {
    return provider.admin().delete(queue);
  }

  @Override
  public boolean exists(QueueName queue) {
    return provider.admin().exists(queue);
  }

  @Override
  public Optional<QueueDescription> describe(QueueName queue) {
    return provider.admin().describe(queue);
  }

  @Override
  public QueueStatistics statistics(QueueName queue) {
    return provider.admin().statistics(queue);
  }

  @Override
  public long purge(QueueName queue) {
    return provider.admin().purge(queue);
  }

  @Override
  public List<QueueName> list() {
    return provider.admin().list();
  }
}
