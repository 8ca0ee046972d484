package io.queueruntime.autoconfigure;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;

/**
 * What one queue is configured with, and where: for a provider to compare with what it can do.
 *
 * <p>Immutable.
 */
public final class QueueSettings {

  private final QueueName name;
  private final QueueOptions options;
  private final ConfiguredProperties configured;

  QueueSettings(QueueName name, QueueOptions options, ConfiguredProperties configured) {
    this.name = name;
    this.options = options;
    this.configured = configured;
  }

  public QueueName name() {
    return name;
  }

  /** What the queue would be created with. */
  public QueueOptions options() {
    return options;
  }

  /**
   * Full name of one setting of the queue, e.g. {@code queue-runtime.queues.orders.lock-duration}.
   */
  public String property(String setting) {
    return ConfiguredProperties.below(QueueCatalog.QUEUES, name.value()) + "." + setting;
  }

  /**
   * Full name of one setting followed by the file and line where it was set: the queue's own, or
   * the one among the defaults that it inherits.
   */
  public String propertyWithOrigin(String setting) {
    String own = property(setting);
    String shared = QueueRuntimeProperties.PREFIX + ".defaults." + setting;
    return configured.withOrigin(!isSet(own) && isSet(shared) ? shared : own);
  }

  private boolean isSet(String property) {
    return configured.find(property).isPresent() || configured.find(property + "[0]").isPresent();
  }
}
