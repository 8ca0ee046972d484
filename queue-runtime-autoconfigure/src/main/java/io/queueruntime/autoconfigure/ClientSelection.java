package io.queueruntime.autoconfigure;

import io.queueruntime.autoconfigure.QueueRuntimeProperties.Client;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;

/**
 * Which clients there are, and the provider of each: the settings directly below {@code
 * queue-runtime} make the client "main" unless only {@code clients} are configured.
 *
 * <p>Immutable.
 */
final class ClientSelection {

  private static final String CLIENTS = QueueRuntimeProperties.PREFIX + ".clients";

  /**
   * Providers of this project, by the artifact that brings each; what is asked for without its jar
   * can be named.
   */
  private static final Map<String, String> KNOWN =
      Map.of(
          "embedded", "queue-runtime-core",
          "servicebus", "queue-runtime-servicebus",
          "rabbitmq", "queue-runtime-rabbitmq",
          "kafka", "queue-runtime-kafka");

  private final Map<String, ClientDefinition> clients = new LinkedHashMap<>();
  private final List<StartupProblem> problems = new ArrayList<>();
  private final Set<String> unusable = new HashSet<>();
  private final ClientNames names;

  ClientSelection(
      QueueRuntimeProperties properties,
      Collection<QueueProviderFactory> factories,
      ConfiguredProperties configured) {
    Choice choice = new Choice(factories, configured);
    boolean mainIsConfigured =
        properties.provider() != null
            || !choice.withSettings(QueueRuntimeProperties.PREFIX).isEmpty();
    this.names =
        ClientNames.of(properties.clients().keySet(), mainIsConfigured, properties.primary());
    for (String name : names.all()) {
      Client own = properties.clients().get(name);
      add(
          own == null
              ? choice.define(name, QueueRuntimeProperties.PREFIX, properties.provider())
              : choice.define(name, ConfiguredProperties.below(CLIENTS, name), own.provider()));
    }
    problems.addAll(choice.problems);
    checkPrimary(configured);
    clients.values().forEach(client -> note(client, client.factory().check(client.settings())));
    EmbeddedQueueProviderFactory.sharedDirectories(clients.values())
        .forEach((client, problem) -> note(client, List.of(problem)));
  }

  private void note(ClientDefinition client, List<StartupProblem> found) {
    problems.addAll(found);
    if (found.stream().anyMatch(problem -> problem.failsStart(false))) {
      unusable.add(client.name());
    }
  }

  /**
   * Whether it makes sense to open the client: its settings have no problem that would only come up
   * again.
   */
  boolean isUsable(ClientDefinition client) {
    return !unusable.contains(client.name());
  }

  private void add(Optional<ClientDefinition> client) {
    client.ifPresent(found -> clients.put(found.name(), found));
  }

  private void checkPrimary(ConfiguredProperties configured) {
    String all = String.join(", ", names.all());
    String primary = names.primary();
    if (primary == null) {
      problems.add(
          StartupProblem.failure(
              "QR-137",
              "There are %d clients (%s), and none of them is the primary one."
                  .formatted(names.all().size(), all),
              "Set queue-runtime.primary to one of: " + all + "."));
    } else if (!names.all().contains(primary)) {
      problems.add(
          StartupProblem.failure(
              "QR-136",
              "%s names the client \"%s\", which does not exist. Clients: %s."
                  .formatted(configured.withOrigin("queue-runtime.primary"), primary, all),
              suggestion(primary, names.all())
                  + "Set queue-runtime.primary to one of: "
                  + all
                  + "."));
    }
  }

  static String suggestion(String wrong, Collection<String> known) {
    return NearestName.of(wrong, known).map(name -> "Did you mean \"" + name + "\"? ").orElse("");
  }

  Map<String, ClientDefinition> clients() {
    return clients;
  }

  List<StartupProblem> problems() {
    return problems;
  }

  /**
   * The client that is meant where none is named; null when the configuration does not say, which
   * is a problem.
   */
  @Nullable String primary() {
    return names.primary();
  }

  /** Every client that is configured, whether or not its provider can be had. */
  Collection<String> names() {
    return names.all();
  }

  /**
   * Decides the provider of one client after the other and collects what is wrong. Confined to its
   * caller.
   */
  private static final class Choice {

    private final Map<String, QueueProviderFactory> factories;
    private final ConfiguredProperties configured;
    private final List<StartupProblem> problems = new ArrayList<>();

    Choice(Collection<QueueProviderFactory> factories, ConfiguredProperties configured) {
      this.factories =
          factories.stream()
              .collect(
                  Collectors.toMap(
                      QueueProviderFactory::name,
                      factory -> factory,
                      (first, second) -> first,
                      LinkedHashMap::new));
      this.configured = configured;
    }

    Optional<ClientDefinition> define(String name, String prefix, @Nullable String provider) {
      String wanted = provider == null ? inferred(name, prefix) : provider.trim();
      if (wanted == null) {
        return Optional.empty();
      }
      QueueProviderFactory factory = factories.get(wanted);
      if (factory == null) {
        problems.add(
            KNOWN.containsKey(wanted)
                ? missing(name, prefix, wanted)
                : unknown(name, prefix, wanted));
        return Optional.empty();
      }
      return Optional.of(
          new ClientDefinition(
              new ProviderSettings(name, wanted, prefix + "." + wanted, configured), factory));
    }

    List<String> withSettings(String prefix) {
      return providerNames().stream()
          .filter(name -> configured.anyBelow(prefix + "." + name))
          .toList();
    }

    private Set<String> providerNames() {
      Set<String> names = new TreeSet<>(KNOWN.keySet());
      names.addAll(factories.keySet());
      return names;
    }

    private @Nullable String inferred(String client, String prefix) {
      List<String> found = withSettings(prefix);
      if (found.size() > 1) {
        problems.add(
            StartupProblem.failure(
                "QR-138",
                "Client \"%s\" has settings of %d providers and does not say which one to use: %s."
                    .formatted(
                        client,
                        found.size(),
                        found.stream()
                            .map(name -> example(prefix, name))
                            .collect(Collectors.joining(", "))),
                "Set %s.provider to one of: %s.".formatted(prefix, String.join(", ", found))));
        return null;
      }
      return found.isEmpty() ? configuredElsewhere(client, prefix) : found.get(0);
    }

    /** What only the main client takes from others' settings. */
    private String configuredElsewhere(String client, String prefix) {
      List<String> found =
          prefix.equals(QueueRuntimeProperties.PREFIX)
              ? factories.values().stream()
                  .filter(
                      factory ->
                          factory.isConfiguredElsewhere(
                              new ProviderSettings(
                                  client,
                                  factory.name(),
                                  prefix + "." + factory.name(),
                                  configured)))
                  .map(QueueProviderFactory::name)
                  .toList()
              : List.of();
      return found.size() == 1 ? found.get(0) : "embedded";
    }

    private String example(String prefix, String provider) {
      String below = prefix + "." + provider;
      return configured
          .firstBelow(ConfigurationPropertyName.adapt(below, '.'))
          .map(property -> property.getName() + ConfiguredProperties.place(property))
          .orElse(below);
    }

    private StartupProblem missing(String client, String prefix, String provider) {
      return StartupProblem.failure(
          "QR-102",
          "Client \"%s\" asks for provider \"%s\" by %s, but that provider is not on the class path. Found: %s."
              .formatted(
                  client, provider, asked(prefix, provider), String.join(", ", factories.keySet())),
          "Add io.queueruntime:%s to the build, or set %s.provider to one of: %s."
              .formatted(KNOWN.get(provider), prefix, String.join(", ", factories.keySet())));
    }

    private String asked(String prefix, String provider) {
      String property = prefix + ".provider";
      return configured.find(property).isPresent()
          ? configured.withOrigin(property)
          : example(prefix, provider);
    }

    private StartupProblem unknown(String client, String prefix, String provider) {
      return StartupProblem.failure(
          "QR-103",
          "%s of client \"%s\" is \"%s\", which is not a provider."
              .formatted(configured.withOrigin(prefix + ".provider"), client, provider),
          "%sSet %s.provider to one of: %s."
              .formatted(
                  suggestion(provider, providerNames()),
                  prefix,
                  String.join(", ", providerNames())));
    }
  }
}
