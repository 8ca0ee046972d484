package io.queueruntime.autoconfigure;

import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.QueueAdmin;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One queue of one client on its way to being used: looked at, checked against its settings, then
 * created or changed.
 *
 * <p>Confined to the start.
 */
final class QueueTarget {

  private final ClientDefinition client;
  private final QueueDefinition definition;
  private final List<ListenerPlan> listeners = new ArrayList<>();
  private @Nullable QueueOptions existing;
  private @Nullable QueueOptions wanted;

  QueueTarget(ClientDefinition client, QueueDefinition definition) {
    this.client = client;
    this.definition = definition;
  }

  ClientDefinition client() {
    return client;
  }

  QueueDefinition definition() {
    return definition;
  }

  List<ListenerPlan> listeners() {
    return listeners;
  }

  void addListener(ListenerPlan plan) {
    listeners.add(plan);
  }

  /** What the queue would be created with. */
  QueueOptions expected() {
    return definition.options(defaults(), null);
  }

  /** Remembers what the queue was created with, null when it does not exist. */
  void found(@Nullable QueueOptions options) {
    this.existing = options;
    this.wanted = definition.options(defaults(), options);
  }

  /**
   * Remembers what the queue was created with by somebody else, who decides all that the
   * configuration does not speak of.
   */
  void foundAsIs(QueueOptions options) {
    this.existing = options;
    this.wanted = definition.over(options);
  }

  private QueueOptions defaults() {
    return client.factory().queueDefaults(client.settings());
  }

  boolean exists() {
    return existing != null;
  }

  @Nullable QueueOptions existing() {
    return existing;
  }

  /** What the queue has once it is declared. */
  QueueOptions options() {
    QueueOptions known = wanted;
    if (known == null) {
      throw new IllegalStateException("Queue '" + definition.name() + "' has not been looked at.");
    }
    return known;
  }

  boolean differs() {
    return existing != null && !existing.equals(wanted);
  }

  /** Creates the queue, or changes what may be changed. */
  void apply(QueueAdmin admin) {
    if (!exists()) {
      admin.create(definition.name(), options());
    } else if (differs()) {
      admin.update(definition.name(), options());
    }
  }
}
