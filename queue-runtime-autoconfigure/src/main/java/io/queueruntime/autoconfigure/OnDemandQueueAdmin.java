package io.queueruntime.autoconfigure;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.message.QueueDescription;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.provider.QueueProvider;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The administration of a provider that may not be open yet. Thread-safe. */
final class OnDemandQueueAdmin implements QueueAdmin {

  private final QueueProvider provider;

  OnDemandQueueAdmin(QueueProvider provider) {
    this.provider = provider;
  }

  @Override
  public boolean create(QueueName queue, QueueOptions options) {
    return doing("create", admin -> admin.create(queue, options));
  }

  @Override
  public void update(QueueName queue, QueueOptions options) {
    doing(
        "update",
        admin -> {
          admin.update(queue, options);
          return true;
        });
  }

  @Override
  public boolean delete(QueueName queue) {
    return doing("delete", admin -> admin.delete(queue));
  }

  @Override
  public boolean exists(QueueName queue) {
    return doing("exists", admin -> admin.exists(queue));
  }

  @Override
  public Optional<QueueDescription> describe(QueueName queue) {
    return doing("describe", admin -> admin.describe(queue));
  }

  @Override
  public QueueStatistics statistics(QueueName queue) {
    return doing("statistics", admin -> admin.statistics(queue));
  }

  @Override
  public long purge(QueueName queue) {
    return doing("purge", admin -> admin.purge(queue));
  }

  @Override
  public List<QueueName> list() {
    return doing("list", QueueAdmin::list);
  }

  private <T> T doing(String operation, Function<QueueAdmin, T> work) {
    try {
      return work.apply(provider.admin());
    } catch (QueueRuntimeException e) {
      throw e.during(operation, null);
    }
  }
}
