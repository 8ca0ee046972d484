package io.queueruntime.store.jdbc;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * Creates the tables, or looks whether they are what this version reads and writes.
 *
 * <p>Several instances may start at once: whatever one finds done already is left as it is.
 *
 * <p>Confined to the start.
 */
final class SchemaSetup {

  /** Of the tables; goes up with every change of them. */
  static final int VERSION = 1;

  private static final int ATTEMPTS = 5;

  private static final List<String> CREATE =
      List.of(
          """
          CREATE TABLE IF NOT EXISTS {version} (
            id INTEGER NOT NULL PRIMARY KEY,
            version INTEGER NOT NULL)""",
          """
          CREATE TABLE IF NOT EXISTS {message_id} (
            scope VARCHAR(64) NOT NULL,
            queue VARCHAR(260) NOT NULL,
            id_hash VARCHAR(32) NOT NULL,
            copy_id UUID NOT NULL,
            confirmed BOOLEAN NOT NULL,
            until_millis BIGINT NOT NULL,
            PRIMARY KEY (scope, queue, id_hash))""",
          """
          CREATE INDEX IF NOT EXISTS {message_id_until} ON {message_id} (until_millis)""",
          """
          CREATE TABLE IF NOT EXISTS {unit} (
            scope VARCHAR(64) NOT NULL,
            queue VARCHAR(260) NOT NULL,
            unit VARCHAR(1560) NOT NULL,
            epoch BIGINT NOT NULL,
            PRIMARY KEY (scope, queue, unit))""",
          """
          CREATE TABLE IF NOT EXISTS {session} (
            scope VARCHAR(64) NOT NULL,
            queue VARCHAR(260) NOT NULL,
            session_id VARCHAR(768) NOT NULL,
            state {bytes} NOT NULL,
            PRIMARY KEY (scope, queue, session_id))""",
          """
          CREATE TABLE IF NOT EXISTS {message} (
            scope VARCHAR(64) NOT NULL,
            queue VARCHAR(260) NOT NULL,
            kind VARCHAR(9) NOT NULL,
            number BIGINT NOT NULL,
            message_id VARCHAR(6144) NOT NULL,
            due_millis BIGINT NOT NULL,
            ready_millis BIGINT NOT NULL,
            token UUID,
            lease_millis BIGINT NOT NULL,
            taken INTEGER NOT NULL,
            content {bytes} NOT NULL,
            PRIMARY KEY (scope, queue, kind, number))""",
          """
          CREATE INDEX IF NOT EXISTS {message_ready}
            ON {message} (scope, queue, kind, ready_millis, number)""");

  /** Fail where a table or a column is missing, and read nothing. */
  private static final List<String> LOOK =
      List.of(
          "SELECT scope, queue, id_hash, copy_id, confirmed, until_millis FROM {message_id} WHERE 1 = 0",
          "SELECT scope, queue, unit, epoch FROM {unit} WHERE 1 = 0",
          "SELECT scope, queue, session_id, state FROM {session} WHERE 1 = 0",
          """
          SELECT scope, queue, kind, number, message_id, due_millis, ready_millis, token,
            lease_millis, taken, content
          FROM {message} WHERE 1 = 0""");

  private final Database database;

  SchemaSetup(Database database) {
    this.database = database;
  }

  void run(JdbcStoreOptions.Schema schema) {
    switch (schema) {
      case CREATE -> {
        create();
        check();
      }
      case CHECK -> check();
      case NONE -> {}
    }
  }

  private void create() {
    Optional<SQLException> failure = tryToCreate();
    for (int attempt = 1; failure.isPresent() && attempt < ATTEMPTS; attempt++) {
      failure = tryToCreate();
    }
    if (failure.isPresent()) {
      throw cannotCreate(failure.get());
    }
  }

  private ConfigurationInvalid cannotCreate(SQLException last) {
    return new ConfigurationInvalid(
        null,
        "The tables of the state store (%s) cannot be created: %s (SQL state %s). Grant the user of the data source the right to, or run the script of docs/state-store.md and set queue-runtime.store.jdbc.schema to check."
            .formatted(database.tables(), last.getMessage(), last.getSQLState()),
        last);
  }

  /** Empty when it worked. Two who create one table at once can both fail, in PostgreSQL. */
  private Optional<SQLException> tryToCreate() {
    return database.alone(
        session -> {
          try {
            for (String statement : CREATE) {
              session.define(statement.replace("{bytes}", database.dialect().bytes()));
            }
            session.insert("INSERT INTO {version} (id, version) VALUES (?, ?)", 1, VERSION);
            return Optional.empty();
          } catch (SQLException e) {
            return Optional.of(e);
          }
        });
  }

  private void check() {
    Optional<Integer> found =
        database.alone(
            session ->
                session.first(
                    row -> row.getInt(1), "SELECT version FROM {version} WHERE id = ?", 1));
    if (found.isEmpty() || found.get() != VERSION) {
      throw new ConfigurationInvalid(
          null,
          "The tables of the state store (%s) are of version %s, this runtime reads and writes version %d. %s"
              .formatted(
                  database.tables(),
                  found.map(String::valueOf).orElse("none"),
                  VERSION,
                  found.isPresent() && found.get() > VERSION
                      ? "Upgrade queue-runtime, or set queue-runtime.store.jdbc.table-prefix to other tables."
                      : "Bring them to it as docs/state-store.md says, or set queue-runtime.store.jdbc.table-prefix to other tables."));
    }
    database.alone(
        session -> {
          for (String statement : LOOK) {
            session.query(row -> true, statement);
          }
          return true;
        });
  }
}
