package io.queueruntime.store.jdbc;

import io.queueruntime.contract.store.DuplicateWindowContract;
import io.queueruntime.contract.store.SessionStatesContract;
import io.queueruntime.contract.store.StateStoreFixture;
import io.queueruntime.contract.store.StateStoreLifecycleContract;
import io.queueruntime.contract.store.StoredMessagesContract;
import io.queueruntime.store.QueueStateStore;
import io.queueruntime.store.StoredMessages;
import org.junit.jupiter.api.Nested;

/** The JDBC store on PostgreSQL, with several instances at once. */
class PostgresStateStoreContractTests {

  private static StateStoreFixture fixture() {
    return new JdbcFixture(Databases.postgres());
  }

  @Nested
  class Duplicates extends DuplicateWindowContract {
    @Override
    protected StateStoreFixture newFixture() {
      return fixture();
    }
  }

  @Nested
  class States extends SessionStatesContract {
    @Override
    protected StateStoreFixture newFixture() {
      return fixture();
    }
  }

  @Nested
  class Deferred extends StoredMessagesContract {
    @Override
    protected StateStoreFixture newFixture() {
      return fixture();
    }

    @Override
    protected StoredMessages messages(QueueStateStore store) {
      return store.deferred();
    }
  }

  @Nested
  class Scheduled extends StoredMessagesContract {
    @Override
    protected StateStoreFixture newFixture() {
      return fixture();
    }

    @Override
    protected StoredMessages messages(QueueStateStore store) {
      return store.scheduled();
    }
  }

  @Nested
  class Lifecycle extends StateStoreLifecycleContract {
    @Override
    protected StateStoreFixture newFixture() {
      return fixture();
    }
  }
}
