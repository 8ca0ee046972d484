package io.queueruntime.contract.store;

import io.queueruntime.store.QueueStateStore;
import io.queueruntime.store.StoreLimits;
import io.queueruntime.store.StoredMessages;
import io.queueruntime.store.embedded.EmbeddedStateStore;
import io.queueruntime.store.embedded.EmbeddedStoreOptions;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The embedded store, on a disk. */
class EmbeddedStateStoreContractTests {

  /** The same directory each time. Used by one thread. */
  private record OnDisk(Path directory) implements StateStoreFixture {
    @Override
    public QueueStateStore open(InstantSource clock, StoreLimits limits) {
      return EmbeddedStateStore.open(
          EmbeddedStoreOptions.in(directory).withClock(clock).withLimits(limits));
    }

    @Override
    public boolean isShared() {
      return false;
    }

    @Override
    public void close() {}
  }

  @Nested
  class Duplicates extends DuplicateWindowContract {
    @TempDir private Path directory;

    @Override
    protected StateStoreFixture newFixture() {
      return new OnDisk(directory);
    }
  }

  @Nested
  class States extends SessionStatesContract {
    @TempDir private Path directory;

    @Override
    protected StateStoreFixture newFixture() {
      return new OnDisk(directory);
    }
  }

  @Nested
  class Deferred extends StoredMessagesContract {
    @TempDir private Path directory;

    @Override
    protected StateStoreFixture newFixture() {
      return new OnDisk(directory);
    }

    @Override
    protected StoredMessages messages(QueueStateStore store) {
      return store.deferred();
    }
  }

  @Nested
  class Scheduled extends StoredMessagesContract {
    @TempDir private Path directory;

    @Override
    protected StateStoreFixture newFixture() {
      return new OnDisk(directory);
    }

    @Override
    protected StoredMessages messages(QueueStateStore store) {
      return store.scheduled();
    }
  }

  @Nested
  class Lifecycle extends StateStoreLifecycleContract {
    @TempDir private Path directory;

    @Override
    protected StateStoreFixture newFixture() {
      return new OnDisk(directory);
    }
  }
}
