package io.queueruntime.contract.store;

import io.queueruntime.store.QueueStateStore;
import io.queueruntime.store.StoreLimits;
import java.time.Instant;
import java.time.InstantSource;

/** The store under test, of one case. Used by one thread. */
public interface StateStoreFixture extends AutoCloseable {

  /**
   * Opens an instance of the application's store, by that clock and with those limits: on the same
   * entries each time. Where {@link #isShared()} is false the one before is closed by then.
   */
  QueueStateStore open(InstantSource clock, StoreLimits limits);

  /** Whether several instances may be open at once. */
  boolean isShared();

  /** Where the clock of a case starts. */
  default Instant start() {
    return Instant.parse("2026-01-01T00:00:00Z");
  }

  /** Removes all entries. */
  @Override
  void close();
}
