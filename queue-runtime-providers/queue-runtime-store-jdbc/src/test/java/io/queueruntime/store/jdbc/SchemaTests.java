package io.queueruntime.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.store.CopyId;
import io.queueruntime.store.jdbc.JdbcStoreOptions.Schema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The tables: made, looked at, named, cleaned. */
class SchemaTests {

  private static final QueueName ORDERS = QueueName.of("orders");

  /** The databases that are known. */
  private enum Kind {
    POSTGRES(Databases::postgres),
    H2(Databases::h2);

    private final Supplier<HikariDataSource> pool;

    Kind(Supplier<HikariDataSource> pool) {
      this.pool = pool;
    }
  }

  private final String prefix = "t" + UUID.randomUUID().toString().substring(0, 8) + "_";
  private final List<AutoCloseable> opened = new ArrayList<>();

  private HikariDataSource database(Kind kind) {
    HikariDataSource source = kind.pool.get();
    opened.add(source);
    return source;
  }

  @AfterEach
  void close() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  private JdbcStoreOptions options(Schema schema) {
    return JdbcStoreOptions.of("main").withTables(prefix, null).withSchema(schema);
  }

  private JdbcStateStore open(HikariDataSource source, JdbcStoreOptions options) {
    JdbcStateStore store = JdbcStateStore.open(source, options);
    opened.add(store);
    return store;
  }

  private static void run(HikariDataSource source, String statement) {
    try (Connection connection = source.getConnection();
        Statement plain = connection.createStatement()) {
      plain.execute(statement);
    } catch (SQLException e) {
      throw new AssertionError(statement, e);
    }
  }

  private String quoted(String table) {
    return "\"%s%s\"".formatted(prefix, table);
  }

  private static int count(HikariDataSource source, String from) {
    try (Connection connection = source.getConnection();
        Statement plain = connection.createStatement();
        var rows = plain.executeQuery("SELECT COUNT(*) FROM " + from)) {
      rows.next();
      return rows.getInt(1);
    } catch (SQLException e) {
      throw new AssertionError(from, e);
    }
  }

  @ParameterizedTest
  @EnumSource
  void missingTablesAreRefusedWithTheSettingThatMakesThem(Kind kind) {
    HikariDataSource source = database(kind);

    assertThatThrownBy(() -> open(source, options(Schema.CHECK)))
        .isInstanceOf(ConfigurationInvalid.class)
        .hasMessageStartingWith(
            "The state store (%s*) lacks a table or a column; set queue-runtime.store.jdbc.schema to create"
                .formatted(prefix));
  }

  @ParameterizedTest
  @EnumSource
  void whatWasCreatedPassesTheCheckAndIsKept(Kind kind) {
    HikariDataSource source = database(kind);
    JdbcStateStore first = open(source, options(Schema.CREATE));
    first.sessionStates().takeOver(ORDERS, "p1").join();

    open(source, options(Schema.CREATE));
    open(source, options(Schema.CHECK));
    open(source, options(Schema.NONE));

    assertThat(count(source, quoted("unit"))).isEqualTo(1);
  }

  @Test
  void theScriptOfTheDocumentationMakesTheSame() throws IOException {
    HikariDataSource source = database(Kind.POSTGRES);
    run(source, "CREATE SCHEMA " + prefix);
    String page = Files.readString(Path.of("..", "..", "docs", "state-store.md"));
    Matcher script = Pattern.compile("```sql\\n(.*?)```", Pattern.DOTALL).matcher(page);
    assertThat(script.find()).isTrue();

    run(source, "SET search_path TO %s; %s; RESET search_path".formatted(prefix, script.group(1)));

    open(source, options(Schema.CHECK).withTables(JdbcStoreOptions.DEFAULT_PREFIX, prefix));
    open(source, options(Schema.CREATE));
    assertThat(definition(source, "table_schema = '%s'".formatted(prefix)))
        .hasSizeGreaterThan(20)
        .isEqualTo(definition(source, "table_name LIKE '%s%%'".formatted(prefix)));
  }

  /** Columns and keys of the tables that match, without their prefixes. */
  private static List<String> definition(HikariDataSource source, String tables) {
    String bare = "regexp_replace(%s, '^(t[0-9a-f]{8}_|queue_runtime_)', '')";
    String columns =
        """
        SELECT %s || ' ' || column_name || ' ' || data_type || ' '
          || coalesce(character_maximum_length::text, '-') || ' ' || is_nullable
        FROM information_schema.columns WHERE %s"""
            .formatted(bare.formatted("table_name"), tables);
    String indexes =
        """
        SELECT %s || substring(indexdef from '\\(.*') FROM pg_indexes WHERE %s"""
            .formatted(
                bare.formatted("indexname"),
                tables.replace("table_schema", "schemaname").replace("table_name", "tablename"));
    List<String> lines = new ArrayList<>();
    try (Connection connection = source.getConnection();
        Statement plain = connection.createStatement();
        var rows = plain.executeQuery(columns + " UNION ALL " + indexes + " ORDER BY 1")) {
      while (rows.next()) {
        lines.add(rows.getString(1));
      }
      return lines;
    } catch (SQLException e) {
      throw new AssertionError(tables, e);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aMissingColumnIsFoundAtTheStart(Kind kind) {
    HikariDataSource source = database(kind);
    open(source, options(Schema.CREATE));
    run(source, "ALTER TABLE \"%smessage\" DROP COLUMN \"%s\"".formatted(prefix, column(kind)));

    assertThatThrownBy(() -> open(source, options(Schema.CHECK)))
        .isInstanceOf(ConfigurationInvalid.class)
        .hasMessageContaining("lacks a table or a column");
  }

  private static String column(Kind kind) {
    return kind == Kind.H2 ? "TAKEN" : "taken";
  }

  @ParameterizedTest
  @EnumSource
  void tablesOfANewerVersionAreRefused(Kind kind) {
    HikariDataSource source = database(kind);
    open(source, options(Schema.CREATE));
    run(source, "UPDATE \"%sversion\" SET version = 2".formatted(prefix));

    for (Schema schema : List.of(Schema.CHECK, Schema.CREATE)) {
      assertThatThrownBy(() -> open(source, options(schema)))
          .isInstanceOf(ConfigurationInvalid.class)
          .hasMessage(
              "The tables of the state store (%s*) are of version 2, this runtime reads and writes version 1. Upgrade queue-runtime, or set queue-runtime.store.jdbc.table-prefix to other tables."
                  .formatted(prefix));
    }
  }

  @ParameterizedTest
  @EnumSource
  void manyInstancesMayCreateTheTablesAtOnce(Kind kind) {
    HikariDataSource source = database(kind);
    ExecutorService threads = Executors.newFixedThreadPool(6);
    try {
      List<CompletableFuture<JdbcStateStore>> starts = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        starts.add(
            CompletableFuture.supplyAsync(
                () -> JdbcStateStore.open(source, options(Schema.CREATE)), threads));
      }
      for (CompletableFuture<JdbcStateStore> start : starts) {
        opened.add(start.join());
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(count(source, quoted("version"))).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void tablesMayBeInAnotherSchema(Kind kind) {
    HikariDataSource source = database(kind);
    String schema = "S_" + prefix;
    run(source, "CREATE SCHEMA \"%s\"".formatted(schema));
    JdbcStateStore store = open(source, options(Schema.CREATE).withTables(prefix, schema));

    store.sessionStates().takeOver(ORDERS, "p1").join();

    assertThat(count(source, "\"%s\".\"%sunit\"".formatted(schema, prefix))).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void whatIsOverIsRemovedSoManyAtATimeAndNothingElse(Kind kind) {
    HikariDataSource source = database(kind);
    Instant[] now = {Instant.parse("2026-01-01T00:00:00Z")};
    JdbcStateStore store = open(source, options(Schema.CREATE).withClock(() -> now[0]));
    for (int i = 0; i < 10; i++) {
      store
          .duplicates()
          .claim(ORDERS, "id-" + i, CopyId.random(), Duration.ofSeconds(i < 7 ? 1 : 60))
          .join();
    }
    now[0] = now[0].plusSeconds(1);

    assertThat(store.removeExpired(0).join()).isZero();
    assertThat(store.removeExpired(4).join()).isEqualTo(4);
    assertThat(store.removeExpired(4).join()).isEqualTo(3);
    assertThat(store.removeExpired(4).join()).isZero();
    assertThat(count(source, quoted("message_id"))).isEqualTo(3);
  }

  @ParameterizedTest
  @EnumSource
  void scopesShareTablesAndNothingElse(Kind kind) {
    HikariDataSource source = database(kind);
    JdbcStateStore one = open(source, options(Schema.CREATE));
    JdbcStateStore other =
        open(
            source, JdbcStoreOptions.of("other").withTables(prefix, null).withSchema(Schema.CHECK));
    CopyId copy = CopyId.random();
    Duration lease = Duration.ofSeconds(30);
    assertThat(one.duplicates().claim(ORDERS, "a", copy, lease).join().outcome().name())
        .isEqualTo("CLAIMED");

    assertThat(
            other.duplicates().claim(ORDERS, "a", CopyId.random(), lease).join().outcome().name())
        .isEqualTo("CLAIMED");
    other.deleteQueue(ORDERS).join();
    assertThat(one.duplicates().claim(ORDERS, "a", CopyId.random(), lease).join().outcome().name())
        .isEqualTo("IN_DOUBT");
  }

  @ParameterizedTest
  @EnumSource
  void aDatabaseThatIsGoneIsAFailureThatMayPass(Kind kind) {
    HikariDataSource source = database(kind);
    JdbcStateStore store = open(source, options(Schema.CREATE));
    source.close();

    assertThatThrownBy(() -> store.sessionStates().takeOver(ORDERS, "p1").join())
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(
            ConnectionFailed.class, failure -> assertThat(failure.isTransient()).isTrue())
        .hasMessageContaining("gets no connection");
  }

  @ParameterizedTest
  @EnumSource
  void tablesThatVanishAreNamed(Kind kind) {
    HikariDataSource source = database(kind);
    JdbcStateStore store = open(source, options(Schema.CREATE));
    run(source, "DROP TABLE \"%smessage\"".formatted(prefix));

    assertThatThrownBy(() -> store.deferred().count(ORDERS).join())
        .cause()
        .isInstanceOf(ConfigurationInvalid.class)
        .hasMessageContaining("lacks a table or a column");
  }
}
