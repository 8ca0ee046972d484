package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.autoconfigure.store.JdbcStateStoreAutoConfiguration;
import io.queueruntime.embedded.EmbeddedOptions;
import io.queueruntime.embedded.EmbeddedQueueProvider;
import io.queueruntime.message.QueueName;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.store.Claim.Outcome;
import io.queueruntime.store.CopyId;
import io.queueruntime.store.QueueStateStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;

/** State stores are chosen by a property, given to providers, and refused where they cannot be. */
@ExtendWith(OutputCaptureExtension.class)
class StateStoreTests {

  private static final QueueName ORDERS = QueueName.of("orders");
  private static final Duration LEASE = Duration.ofMinutes(10);

  @TempDir private Path directory;
  private FailedStart start;

  @BeforeEach
  void newStart(CapturedOutput output) {
    start = new FailedStart(directory, output);
  }

  /** A provider that asks for a store when it is opened, as one of a broker does. */
  static class AskingProvider {
    @Bean
    QueueProviderFactory asking(QueueStateStores stores) {
      return new QueueProviderFactory() {
        @Override
        public String name() {
          return "asking";
        }

        @Override
        public QueueProvider open(ProviderSettings settings) {
          stores.of(settings.client());
          return new EmbeddedQueueProvider(EmbeddedOptions.inMemory());
        }
      };
    }
  }

  static class OneDatabase {
    @Bean
    DataSource dataSource() {
      return database();
    }
  }

  static class TwoDatabases {
    @Bean
    DataSource first() {
      return database();
    }

    @Bean
    DataSource second() {
      return database();
    }
  }

  private static JdbcDataSource database() {
    JdbcDataSource source = new JdbcDataSource();
    source.setUrl("jdbc:h2:mem:%s;DB_CLOSE_DELAY=-1".formatted(UUID.randomUUID()));
    return source;
  }

  private static Outcome claim(QueueStateStore store, CopyId copy) {
    return store.duplicates().claim(ORDERS, "id", copy, LEASE).join().outcome();
  }

  private static Optional<QueueStateStore> store(RunningApplication application, String client) {
    return application.bean(QueueStateStores.class).of(client);
  }

  @Test
  void thereIsNoneUnlessOneIsChosen() throws Exception {
    try (RunningApplication application =
        RunningApplication.start(List.of(), "queue-runtime.embedded.durability=memory")) {
      assertThat(store(application, "main")).isEmpty();
    }
  }

  @Test
  void theEmbeddedOneKeepsWhatItHasForTheNextStart() throws Exception {
    String[] properties = {
      "queue-runtime.embedded.durability=memory",
      "queue-runtime.store.type=embedded",
      "queue-runtime.store.embedded.directory=" + directory,
      "queue-runtime.store.max-message-size=2MB"
    };
    CopyId copy = CopyId.random();
    QueueStateStore first;
    try (RunningApplication application = RunningApplication.start(List.of(), properties)) {
      first = store(application, "main").orElseThrow();
      assertThat(first.limits().maxMessageSize()).isEqualTo(2 << 20);
      assertThat(claim(first, copy)).isEqualTo(Outcome.CLAIMED);
      assertThat(claim(store(application, "other").orElseThrow(), CopyId.random()))
          .as("another client's")
          .isEqualTo(Outcome.CLAIMED);
    }
    assertThat(first.deferred().count(ORDERS)).isCompletedExceptionally();
    try (RunningApplication application = RunningApplication.start(List.of(), properties)) {
      QueueStateStore again = store(application, "main").orElseThrow();
      assertThat(claim(again, CopyId.random())).isEqualTo(Outcome.IN_DOUBT);
      assertThat(claim(again, copy)).isEqualTo(Outcome.CLAIMED);
    }
  }

  @Test
  void theOneInADatabaseIsApartForEachClient() throws Exception {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(JdbcStateStoreAutoConfiguration.class, TwoDatabases.class),
            "queue-runtime.embedded.durability=memory",
            "queue-runtime.store.type=jdbc",
            "queue-runtime.store.jdbc.data-source=second",
            "queue-runtime.store.jdbc.schema=create",
            "queue-runtime.store.jdbc.table-prefix=q_")) {
      QueueStateStore main = store(application, "main").orElseThrow();
      assertThat(main.name()).isEqualTo("jdbc");
      assertThat(claim(main, CopyId.random())).isEqualTo(Outcome.CLAIMED);
      assertThat(claim(main, CopyId.random())).isEqualTo(Outcome.IN_DOUBT);
      assertThat(store(application, "main")).containsSame(main);
      assertThat(claim(store(application, "other").orElseThrow(), CopyId.random()))
          .isEqualTo(Outcome.CLAIMED);
    }
  }

  private void assertRefused(String store, String code, String description, String action) {
    assertThat(
            start.report(
                """
                queue-runtime: { provider: asking, queues.ledger: { declare: create } }
                queue-runtime.store: %s
                """
                    .formatted(store)))
        .isEqualTo(
            """
            Description:

            The queues of this application cannot start:

            [%s] %s

            Action:

            [%s] %s"""
                .formatted(code, description, code, action));
  }

  @Test
  void aDatabaseWithoutTheJarThatKnowsIt() {
    start.with(AskingProvider.class);

    assertRefused(
        "{ type: jdbc }",
        "QR-170",
        "queue-runtime.store.type (application.yml:2:30) is jdbc, but nothing on the class path opens such a state store.",
        "Add the dependencies io.queueruntime:queue-runtime-store-jdbc and org.springframework.boot:spring-boot-starter-jdbc, or set queue-runtime.store.type to embedded.");
  }

  @Test
  void aDatabaseThatNobodyConfigured() {
    start.with(JdbcStateStoreAutoConfiguration.class, AskingProvider.class);

    assertRefused(
        "{ type: jdbc }",
        "QR-170",
        "queue-runtime.store.type is jdbc, but the application has no DataSource.",
        "Configure one, e.g. with spring.datasource.url, or set queue-runtime.store.type to embedded.");
  }

  @Test
  void aChoiceAmongDatabasesThatNobodyMade() {
    start.with(JdbcStateStoreAutoConfiguration.class, TwoDatabases.class, AskingProvider.class);

    assertRefused(
        "{ type: jdbc }",
        "QR-170",
        "queue-runtime.store.type is jdbc, and the application has 2 DataSources, of which none is primary: first, second.",
        "Set queue-runtime.store.jdbc.data-source to one of them.");
  }

  @Test
  void aDatabaseOfAnotherName() {
    start.with(JdbcStateStoreAutoConfiguration.class, TwoDatabases.class, AskingProvider.class);

    assertRefused(
        "{ type: jdbc, jdbc.data-source: third }",
        "QR-170",
        "queue-runtime.store.jdbc.data-source is third, but there is no DataSource bean of that name; there are first, second.",
        "Set it to the name of one, or remove it.");
  }

  @Test
  void aTablePrefixThatIsMoreThanAName() {
    start.with(JdbcStateStoreAutoConfiguration.class, OneDatabase.class, AskingProvider.class);

    assertRefused(
        "{ type: jdbc, jdbc.table-prefix: 'q; --' }",
        "QR-170",
        "queue-runtime.store.jdbc.table-prefix is a small letter, then at most 29 small letters, digits and _; found 'q; --'.",
        "Set it to what is allowed.");
  }

  @Test
  void tablesThatAreNotThere() {
    start.with(JdbcStateStoreAutoConfiguration.class, OneDatabase.class, AskingProvider.class);

    assertThat(
            start.report(
                """
                queue-runtime: { provider: asking, queues.ledger: { declare: create } }
                queue-runtime.store: { type: jdbc }
                """))
        .contains(
            "[QR-171] The state store of client \"main\" (queue-runtime.store.type (application.yml:2:30) is jdbc) cannot be opened: The state store (queue_runtime_*) lacks a table or a column; set queue-runtime.store.jdbc.schema to create, or run the script of docs/state-store.md: ")
        .endsWith("[QR-171] Correct the cause and start again.");
  }

  @Test
  void capacitiesAndSizesOutOfBounds() {
    start.with(AskingProvider.class);

    assertThat(
            start.report(
                """
                queue-runtime: { provider: asking, queues.ledger: { declare: create } }
                queue-runtime.store: { type: embedded, embedded.capacity: 1KB, max-message-size: 65MB }
                """))
        .contains(
            "queue-runtime.store.max-message-size (application.yml:2:82) is 68157440B; allowed is 1B to 64MB.",
            "queue-runtime.store.embedded.capacity is 1024B; allowed is 1MB to 4GB.",
            "An embedded state store takes entries of at most 8MB");
  }

  @Test
  void aTypeThatIsNone() {
    start.with(AskingProvider.class);

    assertThat(start.report("queue-runtime.store.type: redis"))
        .contains("queue-runtime.store.type")
        .containsIgnoringCase("none, embedded, jdbc");
  }

  @Test
  void settingsOfAStoreThatIsNotChosenAreNoted(CapturedOutput output) throws Exception {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(),
            "queue-runtime.embedded.durability=memory",
            "queue-runtime.store.jdbc.schema=create")) {
      assertThat(store(application, "main")).isEmpty();
    }
    assertThat(output)
        .contains(
            "There are settings below queue-runtime.store.jdbc, but queue-runtime.store.type is none, so they have no effect.");
  }
}
