package io.queueruntime.servicebus.emulator.config;

import io.queueruntime.servicebus.emulator.entity.Entity;
import io.queueruntime.servicebus.emulator.entity.EntityDescription;
import io.queueruntime.servicebus.emulator.entity.EntityException;
import io.queueruntime.servicebus.emulator.entity.Namespace;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The queues that a configuration file asks for. Immutable.
 *
 * @param warnings what the file says and nobody heeds, one sentence each
 */
public record ConfiguredQueues(Path file, List<ConfiguredQueue> queues, List<String> warnings) {

  /**
   * One of them. Immutable.
   *
   * @param at where it stands in the file
   */
  public record ConfiguredQueue(String at, String name, EntityDescription description) {}

  public ConfiguredQueues {
    queues = List.copyOf(queues);
    warnings = List.copyOf(warnings);
  }

  /**
   * Creates those that the namespace has not got, and gives the others the properties of the file;
   * queues that the file does not name stay as they are. Forwarding is set last, so that a queue
   * may forward to one that stands further down.
   *
   * @throws ConfigInvalid when the namespace refuses one
   */
  public void applyTo(Namespace namespace) {
    for (ConfiguredQueue queue : queues) {
      EntityDescription alone =
          queue.description().withForwardTo("").withForwardDeadLetteredMessagesTo("");
      Optional<Entity> existing = namespace.find(queue.name());
      if (existing.isEmpty()) {
        carryOut(queue, () -> namespace.create(queue.name(), alone));
      } else if (!existing.get().description().equals(queue.description())) {
        carryOut(queue, () -> namespace.update(queue.name(), alone));
      }
    }
    for (ConfiguredQueue queue : queues) {
      if (!namespace.require(queue.name()).description().equals(queue.description())) {
        carryOut(queue, () -> namespace.update(queue.name(), queue.description()));
      }
    }
  }

  private void carryOut(ConfiguredQueue queue, Runnable change) {
    try {
      change.run();
    } catch (EntityException refused) {
      String at =
          queue.at()
              + refused.property().map(property -> ".Properties." + property.wireName()).orElse("");
      throw new ConfigInvalid(
          "%s: %s (queue '%s'): %s".formatted(file, at, queue.name(), refused.getMessage()),
          refused);
    }
  }
}
