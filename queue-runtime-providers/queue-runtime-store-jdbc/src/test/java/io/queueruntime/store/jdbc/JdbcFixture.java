package io.queueruntime.store.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.queueruntime.contract.store.StateStoreFixture;
import io.queueruntime.store.QueueStateStore;
import io.queueruntime.store.StoreLimits;
import io.queueruntime.store.jdbc.JdbcStoreOptions.Schema;
import java.time.InstantSource;
import java.util.UUID;

/** Instances that share tables of one case, each with threads of its own. Used by one thread. */
final class JdbcFixture implements StateStoreFixture {

  private final HikariDataSource source;
  private final String scope = UUID.randomUUID().toString();

  JdbcFixture(HikariDataSource source) {
    this.source = source;
  }

  @Override
  public QueueStateStore open(InstantSource clock, StoreLimits limits) {
    return JdbcStateStore.open(
        source,
        JdbcStoreOptions.of(scope)
            .withSchema(Schema.CREATE)
            .withClock(clock)
            .withLimits(limits)
            .withThreads(2));
  }

  @Override
  public boolean isShared() {
    return true;
  }

  @Override
  public void close() {
    source.close();
  }
}
