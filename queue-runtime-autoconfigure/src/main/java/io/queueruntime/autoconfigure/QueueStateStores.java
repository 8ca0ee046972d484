package io.queueruntime.autoconfigure;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.Store;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.StoreType;
import io.queueruntime.store.QueueStateStore;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;

/**
 * The state stores of an application: for each client one, opened when its provider first asks for
 * it. A provider that takes a store gets it from here when it is opened, and must not close it:
 * stores are closed after all providers.
 *
 * <p>Thread-safe.
 */
public final class QueueStateStores implements DisposableBean {

  private static final String TYPE = QueueRuntimeProperties.PREFIX + ".store.type";
  private static final String WRONG = "QR-170";
  private static final Pattern CLIENT = Pattern.compile("(?!\\.)[A-Za-z0-9._-]{1,64}");

  private final Store settings;
  private final @Nullable QueueStateStoreFactory factory;
  private final ConfiguredProperties configured;
  private final Map<String, QueueStateStore> opened = new TreeMap<>();
  private boolean closed;

  QueueStateStores(
      Store settings,
      Collection<QueueStateStoreFactory> factories,
      ConfiguredProperties configured) {
    this.settings = settings;
    this.configured = configured;
    this.factory =
        factories.stream()
            .filter(known -> known.name().equals(typeName(settings)))
            .findFirst()
            .orElse(null);
  }

  private static String typeName(Store settings) {
    return settings.type().name().toLowerCase(Locale.ROOT);
  }

  /** What is wrong with the settings, or risky, as far as that is known without any I/O. */
  List<StartupProblem> problems() {
    if (settings.type() == StoreType.NONE) {
      return unused();
    }
    if (factory == null) {
      return List.of(
          StartupProblem.failure(
              WRONG,
              "%s is %s, but nothing on the class path opens such a state store."
                  .formatted(configured.withOrigin(TYPE), typeName(settings)),
              settings.type() == StoreType.JDBC
                  ? "Add the dependencies io.queueruntime:queue-runtime-store-jdbc and org.springframework.boot:spring-boot-starter-jdbc, or set %s to embedded."
                      .formatted(TYPE)
                  : "Set %s to none.".formatted(TYPE)));
    }
    List<StartupProblem> problems = new ArrayList<>(limits());
    problems.addAll(factory.check(settings));
    return problems;
  }

  /** Settings of a store that nobody chose. */
  private List<StartupProblem> unused() {
    for (String child : List.of("embedded", "jdbc")) {
      String prefix = QueueRuntimeProperties.PREFIX + ".store." + child;
      if (configured.anyBelow(prefix)) {
        return List.of(
            StartupProblem.warning(
                WRONG,
                "There are settings below %s, but %s is none, so they have no effect."
                    .formatted(prefix, configured.withOrigin(TYPE)),
                "Set %s to %s, or remove them.".formatted(TYPE, child)));
      }
    }
    return List.of();
  }

  private List<StartupProblem> limits() {
    List<StartupProblem> problems = new ArrayList<>();
    Map<String, Long> sizes =
        Map.of(
            "max-message-size", settings.maxMessageSize().toBytes(),
            "max-session-state-size", settings.maxSessionStateSize().toBytes());
    new TreeMap<>(sizes)
        .forEach(
            (name, bytes) -> {
              String property = QueueRuntimeProperties.PREFIX + ".store." + name;
              if (bytes < 1 || bytes > Store.LARGEST_BYTES) {
                problems.add(
                    StartupProblem.failure(
                        WRONG,
                        "%s is %dB; allowed is 1B to 64MB."
                            .formatted(configured.withOrigin(property), bytes),
                        "Set %s, e.g. to 1MB.".formatted(property)));
              }
            });
    return problems;
  }

  /**
   * The store of that client; empty when {@code queue-runtime.store.type} names none.
   *
   * @throws QueueStartupException when it cannot be opened
   */
  public synchronized Optional<QueueStateStore> of(String client) {
    if (settings.type() == StoreType.NONE) {
      return Optional.empty();
    }
    if (closed) {
      throw new Closed(null, "The state stores were closed with their application.");
    }
    QueueStateStore store = opened.get(client);
    if (store == null) {
      store = open(client);
      opened.put(client, store);
    }
    return Optional.of(store);
  }

  private QueueStateStore open(String client) {
    List<StartupProblem> failing =
        problems().stream().filter(problem -> problem.failsStart(false)).toList();
    if (factory == null || !failing.isEmpty()) {
      throw new QueueStartupException(failing);
    }
    if (!CLIENT.matcher(client).matches()) {
      throw new QueueStartupException(
          List.of(
              StartupProblem.failure(
                  WRONG,
                  "Client \"%s\" cannot have a state store, because its name becomes part of where entries are kept."
                      .formatted(client),
                  "Give it a name of at most 64 letters, digits and . _ - that does not begin with a dot.")));
    }
    try {
      return factory.open(client, settings);
    } catch (QueueRuntimeException e) {
      throw new QueueStartupException(
          List.of(
              StartupProblem.failure(
                  "QR-171",
                  "The state store of client \"%s\" (%s is %s) cannot be opened: %s"
                      .formatted(
                          client, configured.withOrigin(TYPE), typeName(settings), e.getMessage()),
                  "Correct the cause and start again.")));
    }
  }

  @Override
  public synchronized void destroy() {
    closed = true;
    opened.values().forEach(QueueStateStore::close);
    opened.clear();
  }
}
