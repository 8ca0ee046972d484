package io.queueruntime.autoconfigure;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.DuplicateDetection;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.Queue;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.Session;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/**
 * What the configuration says about queues, checked: those it declares, and any other that is asked
 * for.
 *
 * <p>Immutable.
 */
final class QueueCatalog {

  static final String QUEUES = QueueRuntimeProperties.PREFIX + ".queues";
  private static final String DEFAULTS = QueueRuntimeProperties.PREFIX + ".defaults";

  private final Map<QueueName, QueueDefinition> declared = new LinkedHashMap<>();
  private final Checked defaults;
  private final List<StartupProblem> problems;

  QueueCatalog(
      QueueRuntimeProperties properties,
      Collection<String> clients,
      ConfiguredProperties configured) {
    Checks checks = new Checks(clients, configured);
    this.defaults = checks.check(DEFAULTS, properties.defaults());
    new TreeMap<>(properties.queues())
        .forEach(
            (key, own) -> {
              String prefix = ConfiguredProperties.below(QUEUES, key);
              Checked checked = checks.check(prefix, own);
              QueueName name = checks.name(key, prefix);
              if (name != null) {
                declared.put(name, define(name, true, checked));
              }
            });
    this.problems = List.copyOf(checks.problems);
  }

  /** Settings without what cannot be used, which is among the problems. */
  private record Checked(Queue settings, List<SessionId> sessionIds) {}

  private QueueDefinition define(QueueName name, boolean hasOwn, Checked own) {
    boolean sessionsSaid = own.settings().session() != null || own.settings().sessionIds() != null;
    return new QueueDefinition(
        name,
        hasOwn,
        QueueDefinition.merge(own.settings(), defaults.settings()),
        sessionsSaid ? own.sessionIds() : defaults.sessionIds());
  }

  /** The queues that have settings of their own. */
  Collection<QueueDefinition> declared() {
    return declared.values();
  }

  /** What counts for the queue, whether or not it has settings of its own. */
  QueueDefinition of(QueueName name) {
    QueueDefinition found = declared.get(name);
    return found == null ? define(name, false, new Checked(Queue.UNSET, List.of())) : found;
  }

  List<StartupProblem> problems() {
    return problems;
  }

  /** Checks one entry after the other. Confined to its caller. */
  private static final class Checks {

    private final Collection<String> clients;
    private final ConfiguredProperties configured;
    private final List<StartupProblem> problems = new ArrayList<>();

    Checks(Collection<String> clients, ConfiguredProperties configured) {
      this.clients = clients;
      this.configured = configured;
    }

    @Nullable QueueName name(String key, String prefix) {
      try {
        return QueueName.of(key);
      } catch (ValidationFailed e) {
        problems.add(
            StartupProblem.failure(
                "QR-131",
                prefix + " cannot be declared: " + e.getMessage(),
                "Rename the queue, e.g. to \"" + legal(key) + "\"."));
        return null;
      }
    }

    /** Notes what is wrong with the settings, and leaves it out. */
    Checked check(String prefix, Queue queue) {
      List<SessionId> sessionIds = sessionIds(prefix, queue);
      Queue usable =
          new Queue(
              client(prefix, queue.client()),
              queue.declare(),
              sessionIds.isEmpty() ? queue.session() : Session.REQUIRED,
              queue.sessionIds(),
              notNegative(prefix, queue.sessionIdleTimeout()),
              positive(prefix, "lock-duration", queue.lockDuration(), "60s"),
              deliveries(prefix, queue.maxDeliveryCount()),
              positive(prefix, "default-time-to-live", queue.defaultTimeToLive(), "24h"),
              queue.deadLetterOnExpiration(),
              new DuplicateDetection(
                  queue.duplicateDetection().enabled(),
                  positive(
                      prefix,
                      "duplicate-detection.window",
                      queue.duplicateDetection().window(),
                      "10m")),
              positive(prefix, "auto-delete-on-idle", queue.autoDeleteOnIdle(), "7d"),
              positive(prefix, queue.maxMessageSize()),
              queue.attributes());
      return new Checked(usable, sessionIds);
    }

    private @Nullable String client(String prefix, @Nullable String client) {
      if (client == null || clients.contains(client)) {
        return client;
      }
      String all = String.join(", ", clients);
      problems.add(
          StartupProblem.failure(
              "QR-136",
              "%s is \"%s\", which is not a client. Clients: %s."
                  .formatted(configured.withOrigin(prefix + ".client"), client, all),
              ClientSelection.suggestion(client, clients)
                  + "Set %s.client to one of: %s.".formatted(prefix, all)));
      return null;
    }

    private @Nullable Integer deliveries(String prefix, @Nullable Integer count) {
      if (count == null || count >= 1) {
        return count;
      }
      problems.add(
          StartupProblem.failure(
              "QR-132",
              "%s is %d; a message must be delivered at least once before it can be given up."
                  .formatted(configured.withOrigin(prefix + ".max-delivery-count"), count),
              "Set %s.max-delivery-count to 1 (no retry) or more, e.g. 5.".formatted(prefix)));
      return null;
    }

    private @Nullable Duration positive(
        String prefix, String name, @Nullable Duration value, String example) {
      if (value == null || value.compareTo(Duration.ZERO) > 0) {
        return value;
      }
      outOfRange(prefix + "." + name, ListenerChecks.shown(value), "more than zero", example);
      return null;
    }

    private @Nullable Duration notNegative(String prefix, @Nullable Duration idle) {
      if (idle == null || !idle.isNegative()) {
        return idle;
      }
      outOfRange(
          prefix + ".session-idle-timeout", ListenerChecks.shown(idle), "0 (never) or more", "60s");
      return null;
    }

    private @Nullable DataSize positive(String prefix, @Nullable DataSize largest) {
      if (largest == null || largest.toBytes() >= 1) {
        return largest;
      }
      outOfRange(prefix + ".max-message-size", largest.toString(), "1B or more", "1MB");
      return null;
    }

    private void outOfRange(String property, String value, String allowed, String example) {
      problems.add(
          StartupProblem.failure(
              "QR-139",
              "%s is %s; allowed is %s.".formatted(configured.withOrigin(property), value, allowed),
              "Set %s, e.g. to %s.".formatted(property, example)));
    }

    private List<SessionId> sessionIds(String prefix, Queue queue) {
      List<String> ids = queue.sessionIds() == null ? List.of() : queue.sessionIds();
      Set<SessionId> usable = new LinkedHashSet<>();
      for (int i = 0; i < ids.size(); i++) {
        sessionId(prefix + ".session-ids", i, ids.get(i), usable);
      }
      if (!ids.isEmpty() && queue.session() == Session.NONE) {
        problems.add(
            StartupProblem.failure(
                "QR-115",
                "%s is none, but %s lists %d session ids."
                    .formatted(
                        configured.withOrigin(prefix + ".session"),
                        configured.withOrigin(prefix + ".session-ids"),
                        ids.size()),
                "Remove %s.session, or remove %s.session-ids.".formatted(prefix, prefix)));
      }
      return List.copyOf(usable);
    }

    private void sessionId(String property, int index, String text, Set<SessionId> usable) {
      String place =
          configured.find(property + "[" + index + "]").map(ConfiguredProperties::place).orElse("");
      String found = text.isBlank() ? "is blank" : unusable(text, usable);
      if (found != null) {
        problems.add(
            StartupProblem.failure(
                "QR-115",
                "Position %d of %s%s %s. Every session id of the list must be there once."
                    .formatted(index + 1, property, place, found),
                "Remove position %d of %s.".formatted(index + 1, property)));
      }
    }

    private static @Nullable String unusable(String text, Set<SessionId> usable) {
      try {
        return usable.add(SessionId.of(text.trim())) ? null : "repeats \"" + text.trim() + "\"";
      } catch (ValidationFailed e) {
        return "cannot be used: " + e.getMessage();
      }
    }
  }

  /** The nearest legal name: what is not allowed becomes a dash. */
  static String legal(String name) {
    String replaced =
        name.trim().replaceAll("[^A-Za-z0-9._/~-]+", "-").replaceAll("^[._/~-]+|[._/~-]+$", "");
    String cut =
        replaced.length() > QueueName.MAX_LENGTH
            ? replaced.substring(0, QueueName.MAX_LENGTH)
            : replaced;
    return cut.isEmpty() ? "queue" : cut;
  }
}
