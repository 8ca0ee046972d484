package io.queueruntime.autoconfigure;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.UnboundElementsSourceFilter;

/**
 * Finds settings below {@code queue-runtime} that nobody reads: mostly typing errors. Thread-safe.
 */
final class UnknownProperties {

  private static final ConfigurationPropertyName ROOT =
      ConfigurationPropertyName.of(QueueRuntimeProperties.PREFIX);

  /** Providers whose settings are bound here; others read theirs themselves. */
  private static final Set<String> BOUND = Set.of("embedded", "servicebus", "rabbitmq", "kafka");

  private static final Set<String> TOP =
      new TreeSet<>(
          List.of(
              "provider",
              "primary",
              "strict",
              "embedded",
              "servicebus",
              "rabbitmq",
              "kafka",
              "clients",
              "defaults",
              "queues",
              "listener",
              "listeners",
              "payload",
              "store"));

  private UnknownProperties() {}

  static List<StartupProblem> find(
      ConfiguredProperties configured, Collection<ClientDefinition> clients) {
    List<StartupProblem> problems = new ArrayList<>();
    for (ConfigurationProperty property : unbound(configured)) {
      if (!isReadByOthers(property.getName(), clients)) {
        problems.add(problem(property));
      }
    }
    return problems;
  }

  private static Collection<ConfigurationProperty> unbound(ConfiguredProperties configured) {
    try {
      configured
          .binder()
          .bind(
              ROOT,
              Bindable.of(QueueRuntimeProperties.class),
              new NoUnboundElementsBindHandler(
                  BindHandler.DEFAULT, new UnboundElementsSourceFilter()));
      return List.of();
    } catch (BindException e) {
      return e.getCause() instanceof UnboundConfigurationPropertiesException unbound
          ? unbound.getUnboundProperties()
          : List.of();
    }
  }

  /**
   * Listener ids may have dots, which is sorted out elsewhere; providers read their own settings.
   */
  private static boolean isReadByOthers(
      ConfigurationPropertyName name, Collection<ClientDefinition> clients) {
    if (name.getNumberOfElements() < 2 || isBelow(name, "listeners")) {
      return true;
    }
    if (ClientNames.PROVIDERS.stream()
        .anyMatch(provider -> !BOUND.contains(provider) && isProviders(name, provider))) {
      return true;
    }
    return clients.stream()
        .map(ClientDefinition::settings)
        .anyMatch(
            settings ->
                !BOUND.contains(settings.provider())
                    && ConfigurationPropertyName.adapt(settings.property("x"), '.')
                        .getParent()
                        .isAncestorOf(name));
  }

  private static boolean isBelow(ConfigurationPropertyName name, String child) {
    return ROOT.append(child).isAncestorOf(name);
  }

  private static boolean isProviders(ConfigurationPropertyName name, String provider) {
    return isBelow(name, provider)
        || (isBelow(name, "clients")
            && name.getNumberOfElements() > 3
            && name.getElement(3, ConfigurationPropertyName.Form.UNIFORM).equals(provider));
  }

  private static StartupProblem problem(ConfigurationProperty property) {
    String top = property.getName().getElement(1, ConfigurationPropertyName.Form.ORIGINAL);
    String hint =
        isBelow(property.getName(), "queues")
            ? "If the queue's name has a dot or a slash, write it in quotes and brackets: \"[orders.v1]\". "
            : TOP.contains(top) ? "" : ClientSelection.suggestion(top, TOP);
    return StartupProblem.warning(
        "QR-143",
        "%s%s is not a setting of queue-runtime, so it has no effect."
            .formatted(property.getName(), ConfiguredProperties.place(property)),
        hint + "Correct the name or remove it.");
  }
}
