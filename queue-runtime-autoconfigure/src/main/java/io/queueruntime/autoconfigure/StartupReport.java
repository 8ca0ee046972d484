package io.queueruntime.autoconfigure;

import io.queueruntime.listener.ListenedQueue;
import io.queueruntime.listener.QueueListenerContainer;
import io.queueruntime.message.QueueOptions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What runs after a start, in one block of the log: clients, queues, listeners; then one line for
 * every risky setting.
 *
 * <p>Immutable.
 */
final class StartupReport {

  private static final Logger log = LoggerFactory.getLogger(QueueRuntimeAutoConfiguration.class);

  private final QueueClients clients;
  private final QueueListenerRegistry registry;
  private final Collection<QueueTarget> queues;
  private final List<StartupProblem> problems;

  StartupReport(
      QueueClients clients,
      QueueListenerRegistry registry,
      Collection<QueueTarget> queues,
      List<StartupProblem> problems) {
    this.clients = clients;
    this.registry = registry;
    this.queues = queues;
    this.problems = problems;
  }

  void log() {
    List<String> lines = new ArrayList<>();
    clients.definitions().forEach(client -> lines.add("client   " + describe(client)));
    queues.stream()
        .sorted(Comparator.comparing(target -> target.definition().name()))
        .forEach(target -> lines.add("queue    " + describe(target)));
    registry.list().forEach(container -> lines.add("listener " + describe(container)));
    log.info("Queues are ready:{}{}", System.lineSeparator(), indented(lines));
    logWarnings(problems);
  }

  static void logWarnings(List<StartupProblem> problems) {
    problems.stream()
        .distinct()
        .forEach(
            problem ->
                log.warn("[{}] {} {}", problem.code(), problem.description(), problem.action()));
  }

  private static String indented(List<String> lines) {
    return lines.stream()
        .map(line -> "  " + line)
        .collect(Collectors.joining(System.lineSeparator()));
  }

  private String describe(ClientDefinition client) {
    String summary = client.factory().summary(client.settings());
    return client.name()
        + (client.name().equals(clients.primary()) && clients.names().size() > 1
            ? " (primary)"
            : "")
        + ": "
        + client.factory().name()
        + (summary.isEmpty() ? "" : ", " + summary);
  }

  private String describe(QueueTarget target) {
    QueueOptions options = target.options();
    int sessionIds = target.definition().sessionIds().size();
    return target.definition().name()
        + (clients.names().size() > 1 ? " at " + target.client().name() : "")
        + ": "
        + (!options.sessions()
            ? "no sessions"
            : sessionIds == 0 ? "sessions" : sessionIds + " listed sessions")
        + ", lock "
        + ListenerChecks.shown(options.lockDuration())
        + ", at most "
        + options.maxDeliveryCount()
        + (options.maxDeliveryCount() == 1 ? " delivery" : " deliveries");
  }

  private static String describe(QueueListenerContainer container) {
    return container.id()
        + ": "
        + container.endpoint().queues().stream()
            .map(queue -> queue.name() + ", " + concurrency(container, queue))
            .collect(Collectors.joining("; "))
        + (container.endpoint().options().autoStartup() ? "" : ", not started");
  }

  private static String concurrency(QueueListenerContainer container, ListenedQueue queue) {
    boolean sessions = queue.options().sessions();
    String atOnce =
        queue.sessionIds().isEmpty()
            ? container.endpoint().options().concurrency(sessions).toString()
            : Integer.toString(queue.sessionIds().size());
    return atOnce + (sessions ? " sessions at once" : " at once");
  }
}
