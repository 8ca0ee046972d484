package io.queueruntime.autoconfigure;

import io.queueruntime.autoconfigure.QueueRuntimeProperties.ListenerOverride;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;

/**
 * Settings of single listeners, found by listener id. An id such as {@code orders.handle} may be
 * written with or without the brackets that keep its dot: {@code
 * queue-runtime.listeners.orders.handle} reads as it should.
 *
 * <p>Thread-safe.
 */
final class ListenerOverrides {

  private static final String LISTENERS = QueueRuntimeProperties.PREFIX + ".listeners";

  private final ConfiguredProperties configured;

  ListenerOverrides(ConfiguredProperties configured) {
    this.configured = configured;
  }

  /** Where the settings of that listener stand; the dotted form where there are none. */
  String prefixOf(String id) {
    return prefixes(id).stream()
        .filter(configured::anyBelow)
        .findFirst()
        .orElse(LISTENERS + "." + id);
  }

  ListenerOverride of(String id) {
    for (String prefix : prefixes(id)) {
      if (configured.anyBelow(prefix)) {
        return configured
            .binder()
            .bind(ConfigurationPropertyName.adapt(prefix, '.'), Bindable.of(ListenerOverride.class))
            .orElse(ListenerOverride.UNSET);
      }
    }
    return ListenerOverride.UNSET;
  }

  private static List<String> prefixes(String id) {
    return List.of(LISTENERS + "[" + id + "]", LISTENERS + "." + id);
  }

  /** Settings of listeners that do not exist. */
  List<StartupProblem> unused(Collection<String> ids) {
    List<ConfigurationPropertyName> known = new ArrayList<>();
    ids.forEach(
        id ->
            prefixes(id)
                .forEach(prefix -> known.add(ConfigurationPropertyName.adapt(prefix, '.'))));
    TreeSet<String> names = new TreeSet<>(ids);
    List<StartupProblem> problems = new ArrayList<>();
    for (String child : configured.childrenOf(ConfigurationPropertyName.of(LISTENERS))) {
      ConfigurationPropertyName name =
          ConfigurationPropertyName.adapt(LISTENERS + "[" + child + "]", '.');
      ConfigurationPropertyName dotted =
          ConfigurationPropertyName.adapt(LISTENERS + "." + child, '.');
      if (known.stream().noneMatch(one -> covers(name, one) || covers(dotted, one))) {
        problems.add(unused(child, names));
      }
    }
    return problems;
  }

  /** Whether {@code child} is a listener's prefix or the beginning of one. */
  private static boolean covers(
      ConfigurationPropertyName child, ConfigurationPropertyName listener) {
    return child.equals(listener) || child.isAncestorOf(listener);
  }

  private StartupProblem unused(String id, Collection<String> ids) {
    Optional<String> place =
        configured
            .firstBelow(ConfigurationPropertyName.adapt(LISTENERS + "." + id, '.'))
            .map(ConfiguredProperties::place);
    return StartupProblem.warning(
        "QR-146",
        "%s.%s%s belongs to no listener. Listeners: %s."
            .formatted(
                LISTENERS, id, place.orElse(""), ids.isEmpty() ? "none" : String.join(", ", ids)),
        ClientSelection.suggestion(id, ids) + "Rename the entry or remove it.");
  }
}
