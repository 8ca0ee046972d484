package io.queueruntime.autoconfigure;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.core.env.Environment;

/**
 * The clients that the configuration names, and which of them is meant where none is named.
 *
 * <p>Settings directly below {@code queue-runtime} make the client "main"; with {@code clients} and
 * no such settings there is no "main".
 *
 * <p>Immutable.
 *
 * @param all every name, in order
 * @param primary null when the configuration does not say
 */
record ClientNames(Set<String> all, @Nullable String primary) {

  /** Providers of this project, whether or not their jars are there. */
  static final List<String> PROVIDERS = List.of("embedded", "kafka", "rabbitmq", "servicebus");

  static ClientNames of(Environment environment) {
    ConfiguredProperties configured = new ConfiguredProperties(environment);
    String prefix = QueueRuntimeProperties.PREFIX;
    Set<String> configuredClients =
        configured.childrenOf(ConfigurationPropertyName.of(prefix + ".clients"));
    boolean main =
        configured.find(prefix + ".provider").isPresent()
            || PROVIDERS.stream()
                .anyMatch(provider -> configured.anyBelow(prefix + "." + provider));
    String primary =
        configured
            .find(prefix + ".primary")
            .map(found -> String.valueOf(found.getValue()))
            .orElse(null);
    return of(configuredClients, main, primary);
  }

  /**
   * @param configured names below {@code queue-runtime.clients}
   * @param mainIsConfigured whether there are settings of a client directly below {@code
   *     queue-runtime}
   * @param primary what {@code queue-runtime.primary} says
   */
  static ClientNames of(
      Set<String> configured, boolean mainIsConfigured, @Nullable String primary) {
    Set<String> all = new TreeSet<>(configured);
    boolean main = configured.isEmpty() || mainIsConfigured;
    if (main) {
      all.add(ClientDefinition.MAIN);
    }
    if (primary != null) {
      return new ClientNames(all, primary);
    }
    return new ClientNames(
        all, main ? ClientDefinition.MAIN : all.size() == 1 ? all.iterator().next() : null);
  }

  /** Every client but the primary one. */
  List<String> others() {
    return all.stream().filter(name -> !name.equals(primary)).toList();
  }
}
