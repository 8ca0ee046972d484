package io.queueruntime.store.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;

/**
 * Databases for tests: a PostgreSQL that is started once and ends with the tests, and H2 in memory.
 */
final class Databases {

  private static final int CONNECTIONS = 10;

  private Databases() {}

  /** The one of all tests. */
  private static final class Postgres {
    private static final EmbeddedPostgres SERVER = start();

    private static EmbeddedPostgres start() {
      try {
        return EmbeddedPostgres.builder().setServerConfig("max_connections", "100").start();
      } catch (IOException e) {
        throw new UncheckedIOException(
            "No PostgreSQL can be started for the tests of the JDBC state store.", e);
      }
    }
  }

  static HikariDataSource postgres() {
    return pool(Postgres.SERVER.getJdbcUrl("postgres", "postgres"));
  }

  /** A database of its own, gone once nobody is connected to it. */
  static HikariDataSource h2() {
    return pool("jdbc:h2:mem:" + UUID.randomUUID());
  }

  private static HikariDataSource pool(String url) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(CONNECTIONS);
    config.setMinimumIdle(1);
    return new HikariDataSource(config);
  }
}
