package io.queueruntime.autoconfigure;

import io.queueruntime.message.QueueName;
import io.queueruntime.provider.Capabilities;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Brings the queues of an application up, once all of its beans are there: reads the listeners,
 * checks everything, opens the clients, declares the queues, and registers the listeners for the
 * lifecycle to start. Whatever is wrong is collected and reported together.
 *
 * <p>Thread-safe.
 */
final class QueueStartup implements SmartInitializingSingleton {

  private final QueueRuntimeProperties properties;
  private final ConfiguredProperties configured;
  private final QueueClients clients;
  private final QueueStateStores stores;
  private final QueueCatalog catalog;
  private final PayloadConversion conversion;
  private final ListenerOverrides overrides;
  private final ListenerPlanner planner;
  private final ListenerAssembly assembly;
  private final QueueListenerBeanPostProcessor discovery;
  private final QueueListenerRegistry registry;

  QueueStartup(
      QueueRuntimeProperties properties,
      ConfiguredProperties configured,
      QueueClients clients,
      QueueStateStores stores,
      QueueCatalog catalog,
      PayloadConversion conversion,
      ListenerOverrides overrides,
      ListenerPlanner planner,
      ListenerAssembly assembly,
      QueueListenerBeanPostProcessor discovery,
      QueueListenerRegistry registry) {
    this.properties = properties;
    this.configured = configured;
    this.clients = clients;
    this.stores = stores;
    this.catalog = catalog;
    this.conversion = conversion;
    this.overrides = overrides;
    this.planner = planner;
    this.assembly = assembly;
    this.discovery = discovery;
    this.registry = registry;
  }

  @Override
  public void afterSingletonsInstantiated() {
    List<StartupProblem> problems = new ArrayList<>();
    problems.addAll(clients.problems());
    problems.addAll(stores.problems());
    problems.addAll(catalog.problems());
    problems.addAll(conversion.problems());
    problems.addAll(ShortenedKeys.find(configured));
    problems.addAll(UnknownProperties.find(configured, clients.definitions()));
    new ListenerChecks(configured, problems::add)
        .drainTimeout(properties.listener().drainTimeout());

    List<ListenerPlan> plans = plan(discovery.handOver(this::addLate), problems);
    problems.addAll(overrides.unused(plans.stream().map(ListenerPlan::id).toList()));
    QueueDeclaration declaration = new QueueDeclaration(clients, configured, problems::add);
    for (QueueDefinition queue : catalog.declared()) {
      ClientDefinition client = clientOf(queue.client().orElse(clients.primary()));
      if (client != null) {
        declaration.target(client, queue);
      }
    }
    start(plans, declaration, problems);
    new StartupReport(clients, registry, declaration.all(), problems).log();
  }

  /** Listeners of a bean that was made after the start, e.g. a lazy one. */
  private void addLate(List<DiscoveredListener> found) {
    List<StartupProblem> problems = new ArrayList<>();
    List<ListenerPlan> plans = plan(found, problems);
    start(plans, new QueueDeclaration(clients, configured, problems::add), problems);
    StartupReport.logWarnings(problems);
  }

  private List<ListenerPlan> plan(List<DiscoveredListener> found, List<StartupProblem> problems) {
    List<ListenerPlan> plans = new ArrayList<>();
    found.forEach(listener -> plans.add(planner.plan(listener, problems::add)));
    ListenerChecks checks = new ListenerChecks(configured, problems::add);
    checks.uniqueIds(plans, registry.ids());
    plans.forEach(plan -> checks.payloadTypes(plan, conversion.types()));
    if (!assembly.validates()) {
      plans.forEach(checks::notValidated);
    }
    return plans;
  }

  private void start(
      List<ListenerPlan> plans, QueueDeclaration declaration, List<StartupProblem> problems) {
    Map<ListenerPlan, List<QueueTarget>> queues = new LinkedHashMap<>();
    plans.forEach(plan -> queues.put(plan, targets(plan, declaration, problems)));
    declaration.inspect();
    ListenerChecks checks = new ListenerChecks(configured, problems::add);
    CapabilityChecks abilities = new CapabilityChecks(configured, problems::add);
    declaration.all().stream()
        .filter(declaration::isInspected)
        .forEach(target -> abilities.onQueue(target, capabilities(target)));
    queues.forEach(
        (plan, targets) ->
            targets.stream()
                .filter(declaration::isInspected)
                .forEach(
                    target -> {
                      checks.onQueue(plan, target);
                      abilities.onListener(plan, target, capabilities(target));
                    }));
    failOn(problems);
    declaration.apply();
    failOn(problems);
    queues.forEach(
        (plan, targets) ->
            registry.add(assembly.container(plan, targets.get(0).client().name(), targets)));
  }

  private Capabilities capabilities(QueueTarget target) {
    return clients.open(target.client()).capabilities();
  }

  /** The queues of one listener, which must all be reached through the same client. */
  private List<QueueTarget> targets(
      ListenerPlan plan, QueueDeclaration declaration, List<StartupProblem> problems) {
    List<QueueTarget> targets = new ArrayList<>();
    Set<String> names = new TreeSet<>();
    for (QueueName queue : plan.queues()) {
      QueueDefinition definition = catalog.of(queue);
      String name =
          plan.client() == null ? definition.client().orElse(clients.primary()) : plan.client();
      ClientDefinition client = clientOf(name);
      if (client != null) {
        names.add(client.name());
        QueueTarget target = declaration.target(client, definition);
        target.addListener(plan);
        targets.add(target);
      }
    }
    if (names.size() > 1) {
      problems.add(
          StartupProblem.failure(
              "QR-153",
              "%s listens to queues of %d clients: %s."
                  .formatted(plan.where(), names.size(), String.join(", ", names)),
              "Use one @QueueListener for each client; the annotation can be repeated."));
    }
    return targets;
  }

  private @Nullable ClientDefinition clientOf(@Nullable String name) {
    return name == null ? null : clients.definition(name);
  }

  private void failOn(List<StartupProblem> problems) {
    List<StartupProblem> failing =
        problems.stream()
            .filter(problem -> problem.failsStart(properties.strict()))
            .distinct()
            .toList();
    if (!failing.isEmpty()) {
      StartupReport.logWarnings(
          problems.stream().filter(problem -> !failing.contains(problem)).toList());
      throw new QueueStartupException(failing);
    }
  }
}
