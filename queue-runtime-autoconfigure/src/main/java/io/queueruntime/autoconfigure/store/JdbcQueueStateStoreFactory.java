package io.queueruntime.autoconfigure.store;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.autoconfigure.QueueRuntimeProperties;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.JdbcStore;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.Store;
import io.queueruntime.autoconfigure.QueueStateStoreFactory;
import io.queueruntime.autoconfigure.StartupProblem;
import io.queueruntime.store.QueueStateStore;
import io.queueruntime.store.jdbc.JdbcStateStore;
import io.queueruntime.store.jdbc.JdbcStoreOptions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/** Opens the store in a database that the application has a data source for. Thread-safe. */
final class JdbcQueueStateStoreFactory implements QueueStateStoreFactory {

  private static final String PREFIX = QueueRuntimeProperties.PREFIX + ".store.jdbc.";
  private static final String WRONG = "QR-170";

  private final ConfigurableListableBeanFactory beans;

  JdbcQueueStateStoreFactory(ConfigurableListableBeanFactory beans) {
    this.beans = beans;
  }

  @Override
  public String name() {
    return JdbcStateStore.NAME;
  }

  @Override
  public List<StartupProblem> check(Store settings) {
    try {
      options("main", settings);
    } catch (ConfigurationInvalid wrong) {
      return List.of(
          StartupProblem.failure(
              WRONG, String.valueOf(wrong.getMessage()), "Set it to what is allowed."));
    }
    return dataSourceProblem(settings.jdbc()).map(List::of).orElse(List.of());
  }

  private Optional<StartupProblem> dataSourceProblem(JdbcStore jdbc) {
    List<String> names = Arrays.asList(beans.getBeanNamesForType(DataSource.class, true, false));
    String wanted = jdbc.dataSource();
    if (wanted != null) {
      return names.contains(wanted)
          ? Optional.empty()
          : problem(
              "%sdata-source is %s, but there is no DataSource bean of that name; there %s."
                  .formatted(
                      PREFIX, wanted, names.isEmpty() ? "is none at all" : "are " + list(names)),
              "Set it to the name of one, or remove it.");
    }
    if (names.isEmpty()) {
      return problem(
          "queue-runtime.store.type is jdbc, but the application has no DataSource.",
          "Configure one, e.g. with spring.datasource.url, or set queue-runtime.store.type to embedded.");
    }
    return names.size() == 1 || names.stream().anyMatch(this::isPrimary)
        ? Optional.empty()
        : problem(
            "queue-runtime.store.type is jdbc, and the application has %d DataSources, of which none is primary: %s."
                .formatted(names.size(), list(names)),
            "Set %sdata-source to one of them.".formatted(PREFIX));
  }

  private static Optional<StartupProblem> problem(String description, String action) {
    return Optional.of(StartupProblem.failure(WRONG, description, action));
  }

  private static String list(List<String> names) {
    return String.join(", ", names);
  }

  private boolean isPrimary(String name) {
    return beans.containsBeanDefinition(name) && beans.getBeanDefinition(name).isPrimary();
  }

  @Override
  public QueueStateStore open(String client, Store settings) {
    String name = settings.jdbc().dataSource();
    DataSource source =
        name == null ? beans.getBean(DataSource.class) : beans.getBean(name, DataSource.class);
    return JdbcStateStore.open(source, options(client, settings));
  }

  private static JdbcStoreOptions options(String client, Store settings) {
    JdbcStore jdbc = settings.jdbc();
    return JdbcStoreOptions.of(client)
        .withTables(jdbc.tablePrefix(), jdbc.databaseSchema())
        .withSchema(JdbcStoreOptions.Schema.valueOf(jdbc.schema().name()))
        .withLimits(settings.limits())
        .withThreads(jdbc.threads())
        .withTimeout(jdbc.timeout());
  }
}
