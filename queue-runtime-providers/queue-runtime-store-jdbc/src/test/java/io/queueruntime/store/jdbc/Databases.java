package io.queueruntime.store.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.util.UUID;
import org.junit.jupiter.api.Assumptions;

/**
 * Databases for tests: a PostgreSQL that is started once and ends with the tests, and H2 in memory.
 */
final class Databases {

  private static final System.Logger LOG = System.getLogger(Databases.class.getName());
  private static final int CONNECTIONS = 10;

  private static EmbeddedPostgres server;

  private Databases() {}

  private static EmbeddedPostgres start() {
    try {
      return EmbeddedPostgres.builder().setServerConfig("max_connections", "100").start();
    } catch (IOException | RuntimeException e) {
      if (isRootForGood()) {
        String reason =
            "SKIPPED, no PostgreSQL to test with: it does not run as root, and there are no user namespaces to run it"
                + " as somebody else. Run the tests as another user.";
        LOG.log(System.Logger.Level.ERROR, reason, e);
        Assumptions.abort(reason);
      }
      throw new IllegalStateException(
          "No PostgreSQL can be started for the tests of the JDBC state store.", e);
    }
  }

  private static boolean isRootForGood() {
    if (!"root".equals(System.getProperty("user.name"))) {
      return false;
    }
    try {
      return new ProcessBuilder("unshare", "-U", "true").start().waitFor() != 0;
    } catch (IOException e) {
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** The one of all tests. */
  private static synchronized EmbeddedPostgres server() {
    if (server == null) {
      server = start();
    }
    return server;
  }

  static HikariDataSource postgres() {
    return pool(server().getJdbcUrl("postgres", "postgres"));
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
