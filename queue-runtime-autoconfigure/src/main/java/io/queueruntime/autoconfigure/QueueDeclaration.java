package io.queueruntime.autoconfigure;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.Declare;
import io.queueruntime.message.QueueDescription;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.provider.QueueProvider;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Makes the queues of the configuration and of the listeners exist as they should, in two passes:
 * the first only looks and collects what is wrong, the second creates and changes.
 *
 * <p>Confined to the start.
 */
final class QueueDeclaration {

  private final QueueClients clients;
  private final ConfiguredProperties configured;
  private final Consumer<StartupProblem> problems;
  private final Map<String, Map<QueueName, QueueTarget>> targets = new LinkedHashMap<>();
  private final Set<String> closed = new HashSet<>();

  QueueDeclaration(
      QueueClients clients, ConfiguredProperties configured, Consumer<StartupProblem> problems) {
    this.clients = clients;
    this.configured = configured;
    this.problems = problems;
  }

  /** The queue at that client, added if it is new. */
  QueueTarget target(ClientDefinition client, QueueDefinition definition) {
    return targets
        .computeIfAbsent(client.name(), name -> new LinkedHashMap<>())
        .computeIfAbsent(definition.name(), name -> new QueueTarget(client, definition));
  }

  Collection<QueueTarget> all() {
    return targets.values().stream().flatMap(queues -> queues.values().stream()).toList();
  }

  /** Opens all clients and looks at all queues; changes nothing. */
  void inspect() {
    all().forEach(this::check);
    clients.definitions().forEach(this::open);
    for (QueueTarget target : all()) {
      if (!closed.contains(target.client().name())) {
        inspect(target);
      }
    }
  }

  /** Asks the provider, which stays closed when the queue cannot be what it is to be. */
  private void check(QueueTarget target) {
    ClientDefinition client = target.client();
    for (StartupProblem problem :
        client.factory().checkQueue(client.settings(), settings(target))) {
      problems.accept(problem);
      if (problem.failsStart(false)) {
        closed.add(client.name());
      }
    }
  }

  private void open(ClientDefinition client) {
    if (!clients.isUsable(client)) {
      closed.add(client.name());
    }
    if (closed.contains(client.name())) {
      return;
    }
    try {
      clients.open(client);
    } catch (QueueStartupException known) {
      closed.add(client.name());
      known.problems().forEach(problems);
    } catch (RuntimeException e) {
      closed.add(client.name());
      problems.accept(client.factory().explain(client.settings(), e));
    }
  }

  /** Whether the queue could be looked at. */
  boolean isInspected(QueueTarget target) {
    return !closed.contains(target.client().name());
  }

  private void inspect(QueueTarget target) {
    Declare declare = declare(target);
    boolean own = target.client().factory().createsQueues();
    if (declare == Declare.NONE && !own) {
      target.found(null);
      return;
    }
    Optional<QueueOptions> found;
    try {
      found = admin(target).describe(target.definition().name()).map(QueueDescription::options);
    } catch (QueueRuntimeException e) {
      target.found(null);
      problems.accept(target.client().factory().explain(target.client().settings(), e));
      return;
    }
    if (found.isPresent() && (declare == Declare.CHECK || !own)) {
      target.foundAsIs(found.get());
    } else {
      target.found(found.orElse(null));
    }
    if (found.isPresent()) {
      compare(target, found.get(), declare);
    } else if (declare != Declare.CREATE) {
      missing(target, declare);
    }
  }

  private static Declare declare(QueueTarget target) {
    boolean own = target.client().factory().createsQueues();
    return target.definition().declare().orElse(own ? Declare.CREATE : Declare.CHECK);
  }

  private void compare(QueueTarget target, QueueOptions found, Declare declare) {
    QueueOptions wanted = target.options();
    String name = target.definition().name().value();
    String property = ConfiguredProperties.below(QueueCatalog.QUEUES, name);
    if (found.sessions() && !wanted.sessions()) {
      problems.accept(
          StartupProblem.failure(
              "QR-110",
              "Queue \"%s\" exists at client \"%s\" with sessions, but is configured without: %s is none. Sessions cannot be switched off on an existing queue."
                  .formatted(name, target.client().name(), source(target, "session")),
              "Set %s.session: required, or use a new queue.".formatted(property)));
    } else if (!found.sessions() && wanted.sessions()) {
      problems.accept(
          StartupProblem.failure(
              "QR-111",
              "Queue \"%s\" exists at client \"%s\" without sessions, but is configured with: %s. Sessions cannot be switched on on an existing queue."
                  .formatted(name, target.client().name(), sessionsSource(target)),
              "Set %s.session: none, or use a new queue, move the messages and delete the old one."
                  .formatted(property)));
    } else if (declare == Declare.CHECK && target.differs()) {
      problems.accept(
          StartupProblem.failure(
              "QR-154",
              "Queue \"%s\" at client \"%s\" is not as configured: %s."
                  .formatted(name, target.client().name(), differences(found, wanted)),
              "Correct %s, or set %s.declare: create to have changed what can be changed."
                  .formatted(property, property)));
    }
  }

  private String sessionsSource(QueueTarget target) {
    return target.definition().sessionIds().isEmpty()
        ? source(target, "session") + " is required"
        : source(target, "session-ids") + " lists " + target.definition().sessionIds().size();
  }

  /** Where a queue's setting stands: at the queue, or among the defaults. */
  private String source(QueueTarget target, String setting) {
    return settings(target).propertyWithOrigin(setting);
  }

  private QueueSettings settings(QueueTarget target) {
    return new QueueSettings(target.definition().name(), target.expected(), configured);
  }

  private void missing(QueueTarget target, Declare declare) {
    String name = target.definition().name().value();
    String property = ConfiguredProperties.below(QueueCatalog.QUEUES, name);
    Set<String> known = knownQueues(target);
    String listeners =
        target.listeners().stream()
            .map(ListenerPlan::where)
            .distinct()
            .sorted()
            .collect(Collectors.joining(" and "));
    if (listeners.isEmpty() && declare == Declare.NONE) {
      return;
    }
    String who =
        listeners.isEmpty()
            ? "%s declares queue \"%s\"".formatted(property, name)
            : "%s listens to queue \"%s\"".formatted(listeners, name);
    problems.accept(
        StartupProblem.failure(
            "QR-101",
            "%s, which does not exist at client \"%s\" (%s), and %s is %s. Known queues: %s."
                .formatted(
                    who,
                    target.client().name(),
                    target.client().settings().provider(),
                    source(target, "declare"),
                    declare.name().toLowerCase(Locale.ROOT),
                    known.isEmpty() ? "none" : String.join(", ", known)),
            "%sTo have it created set %s.declare: create."
                .formatted(ClientSelection.suggestion(name, known), property)));
  }

  private Set<String> knownQueues(QueueTarget missing) {
    Set<String> names = new TreeSet<>();
    admin(missing).list().forEach(queue -> names.add(queue.value()));
    all().stream()
        .filter(target -> target != missing && target.definition().isDeclared())
        .forEach(target -> names.add(target.definition().name().value()));
    return names;
  }

  private static String differences(QueueOptions found, QueueOptions wanted) {
    List<String> differences = new ArrayList<>();
    for (RecordComponent component : QueueOptions.class.getRecordComponents()) {
      try {
        Object one = component.getAccessor().invoke(found);
        Object other = component.getAccessor().invoke(wanted);
        if (one == null ? other != null : !one.equals(other)) {
          differences.add("%s is %s instead of %s".formatted(component.getName(), one, other));
        }
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
    return String.join(", ", differences);
  }

  /** Creates and changes what is to be created and changed. */
  void apply() {
    for (QueueTarget target : all()) {
      if (declare(target) == Declare.CREATE) {
        try {
          target.apply(admin(target));
        } catch (QueueRuntimeException e) {
          problems.accept(target.client().factory().explain(target.client().settings(), e));
        }
      }
    }
  }

  private QueueAdmin admin(QueueTarget target) {
    QueueProvider provider = clients.open(target.client());
    return provider.admin();
  }
}
