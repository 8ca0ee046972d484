package io.queueruntime.store.jdbc;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.ProviderFailed;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Runs statements: alone, each its own transaction, or several in one; always {@code READ
 * COMMITTED}, always with connections of its own, so that nothing here joins a caller's
 * transaction.
 *
 * <p>Work that another transaction was in the way of is done again, a few times. Thread-safe;
 * blocks.
 */
final class Database {

  private static final int ATTEMPTS = 5;

  private final DataSource source;
  private final Tables tables;
  private final int timeoutSeconds;
  private final Dialect dialect;
  private final boolean setsIsolation;

  /** Connects once to see what is there. */
  Database(DataSource source, JdbcStoreOptions options) {
    this.source = source;
    this.tables = new Tables(options);
    this.timeoutSeconds = Math.toIntExact(options.timeout().toSeconds());
    try (Connection connection = connect()) {
      this.dialect = Dialect.of(connection);
      this.setsIsolation =
          connection.getTransactionIsolation() != Connection.TRANSACTION_READ_COMMITTED;
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  Dialect dialect() {
    return dialect;
  }

  Tables tables() {
    return tables;
  }

  /** What is done with a connection. */
  interface Work<T> {
    T with(Session session) throws SQLException;
  }

  /** What a row becomes. */
  interface Row<T> {
    T of(ResultSet row) throws SQLException;
  }

  /** Each statement is a transaction of its own. */
  <T> T alone(Work<T> work) {
    return run(true, work);
  }

  /** All statements happen, or none. */
  <T> T transaction(Work<T> work) {
    return run(false, work);
  }

  QueueRuntimeException failure(SQLException e) {
    return SqlFailures.of(e, tables);
  }

  private Connection connect() {
    try {
      return source.getConnection();
    } catch (SQLException e) {
      throw SqlFailures.ofConnecting(e, tables);
    }
  }

  private <T> T run(boolean autoCommit, Work<T> work) {
    SQLException last = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try (Connection connection = connect()) {
        return on(connection, autoCommit, work);
      } catch (SQLException e) {
        if (!SqlFailures.isInTheWay(e)) {
          throw failure(e);
        }
        last = e;
      }
    }
    throw last == null
        ? new ProviderFailed(null, "The state store was never asked.", true, null)
        : failure(last);
  }

  private <T> T on(Connection connection, boolean autoCommit, Work<T> work) throws SQLException {
    boolean before = connection.getAutoCommit();
    int isolation = setsIsolation ? connection.getTransactionIsolation() : 0;
    if (setsIsolation) {
      connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
    }
    if (before != autoCommit) {
      connection.setAutoCommit(autoCommit);
    }
    boolean done = false;
    try {
      T result = work.with(new Session(connection));
      if (!autoCommit) {
        connection.commit();
      }
      done = true;
      return result;
    } finally {
      if (!done && !autoCommit) {
        rollBack(connection);
      }
      restore(connection, before != autoCommit, before, isolation);
    }
  }

  private static void rollBack(Connection connection) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      // The connection is broken, which the first failure says; the server rolls back by itself.
    }
  }

  private void restore(Connection connection, boolean changed, boolean autoCommit, int isolation) {
    try {
      if (changed) {
        connection.setAutoCommit(autoCommit);
      }
      if (setsIsolation) {
        connection.setTransactionIsolation(isolation);
      }
    } catch (SQLException e) {
      // A broken connection: its pool finds out as soon as it is closed.
    }
  }

  /** One connection. Confined to its thread. */
  final class Session {
    private final Connection connection;

    private Session(Connection connection) {
      this.connection = connection;
    }

    /** How many rows were changed. */
    int update(String statement, @Nullable Object... parameters) throws SQLException {
      try (PreparedStatement prepared = prepare(statement, parameters)) {
        return prepared.executeUpdate();
      }
    }

    /** Whether the row is new; false where its key is there. Not inside a transaction. */
    boolean insert(String statement, @Nullable Object... parameters) throws SQLException {
      try {
        return update(statement + dialect.unlessThere(), parameters) == 1;
      } catch (SQLException e) {
        if (SqlFailures.isKeyThere(e)) {
          return false;
        }
        throw e;
      }
    }

    <T> List<T> query(Row<T> row, String statement, @Nullable Object... parameters)
        throws SQLException {
      try (PreparedStatement prepared = prepare(statement, parameters);
          ResultSet results = prepared.executeQuery()) {
        List<T> rows = new ArrayList<>();
        while (results.next()) {
          rows.add(row.of(results));
        }
        return rows;
      }
    }

    /** The first row. */
    <T> Optional<T> first(Row<T> row, String statement, @Nullable Object... parameters)
        throws SQLException {
      List<T> rows = query(row, statement, parameters);
      return rows.stream().findFirst();
    }

    /** A statement of the data definition language. */
    void define(String statement) throws SQLException {
      try (var plain = connection.createStatement()) {
        plain.setQueryTimeout(timeoutSeconds);
        plain.execute(tables.in(statement));
      }
    }

    private PreparedStatement prepare(String statement, @Nullable Object... parameters)
        throws SQLException {
      PreparedStatement prepared = connection.prepareStatement(tables.in(statement));
      try {
        prepared.setQueryTimeout(timeoutSeconds);
        for (int i = 0; i < parameters.length; i++) {
          set(prepared, i + 1, parameters[i]);
        }
        return prepared;
      } catch (SQLException | RuntimeException e) {
        prepared.close();
        throw e;
      }
    }

    private void set(PreparedStatement prepared, int index, @Nullable Object value)
        throws SQLException {
      if (value instanceof String text) {
        prepared.setString(index, text);
      } else if (value instanceof Long number) {
        prepared.setLong(index, number);
      } else if (value instanceof Integer number) {
        prepared.setInt(index, number);
      } else if (value instanceof Boolean flag) {
        prepared.setBoolean(index, flag);
      } else if (value instanceof byte[] bytes) {
        prepared.setBytes(index, bytes);
      } else if (value instanceof UUID uuid) {
        prepared.setObject(index, uuid);
      } else {
        throw new IllegalArgumentException("No type of column for " + value + ".");
      }
    }
  }
}
