package io.queueruntime.store.jdbc;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Locale;

/** Where databases differ. Immutable. */
enum Dialect {
  POSTGRESQL(
      "BYTEA",
      " ON CONFLICT DO NOTHING",
      "FOR SHARE",
      """
      INSERT INTO {session} (scope, queue, session_id, state) VALUES (?, ?, ?, ?)
      ON CONFLICT (scope, queue, session_id) DO UPDATE SET state = EXCLUDED.state"""),
  /** For development and tests: holders of different sessions of one unit wait for each other. */
  H2(
      "BLOB",
      "",
      "FOR UPDATE",
      """
      MERGE INTO {session} (scope, queue, session_id, state) KEY (scope, queue, session_id)
      VALUES (?, ?, ?, ?)""");

  private final String bytes;
  private final String unlessThere;
  private final String lockShared;
  private final String putState;

  Dialect(String bytes, String unlessThere, String lockShared, String putState) {
    this.bytes = bytes;
    this.unlessThere = unlessThere;
    this.lockShared = lockShared;
    this.putState = putState;
  }

  /** The type of a column that holds bytes. */
  String bytes() {
    return bytes;
  }

  /** Ends an insert that does nothing where the key is there; else it fails with a state 23505. */
  String unlessThere() {
    return unlessThere;
  }

  /** Ends a select whose rows nobody may change before the transaction ends. */
  String lockShared() {
    return lockShared;
  }

  /** Inserts or replaces a state. */
  String putState() {
    return putState;
  }

  static Dialect of(Connection connection) throws SQLException {
    String product = connection.getMetaData().getDatabaseProductName();
    return switch (product.toLowerCase(Locale.ROOT)) {
      case "postgresql" -> POSTGRESQL;
      case "h2" -> H2;
      default ->
          throw new ConfigurationInvalid(
              null,
              "The JDBC state store knows PostgreSQL and H2; queue-runtime.store.jdbc.data-source leads to %s."
                  .formatted(product));
    };
  }
}
