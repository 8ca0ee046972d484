package io.queueruntime.store.embedded;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.store.StoreLimits;
import java.nio.file.Path;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Where an embedded state store keeps its journal, and how much it holds. Immutable.
 *
 * @param directory of this store alone; {@code null}: nothing outlives the process
 * @param limits how large entries may be
 * @param capacity bytes that all entries together may take; they are in memory, too
 * @param clock what leases and windows go by
 */
public record EmbeddedStoreOptions(
    @Nullable Path directory, StoreLimits limits, long capacity, InstantSource clock) {

  /** 64 MiB. */
  public static final long DEFAULT_CAPACITY = 64L << 20;

  /** Of its journal; entries must fit into one. */
  static final int SEGMENT_SIZE = 16 << 20;

  private static final int LARGEST_ENTRY = SEGMENT_SIZE / 2;

  public EmbeddedStoreOptions {
    if (limits.maxMessageSize() > LARGEST_ENTRY || limits.maxSessionStateSize() > LARGEST_ENTRY) {
      throw new ConfigurationInvalid(
          null,
          "An embedded state store takes entries of at most %d bytes; allowed would be %d for messages (queue-runtime.store.max-message-size) and %d for session states (queue-runtime.store.max-session-state-size)."
              .formatted(LARGEST_ENTRY, limits.maxMessageSize(), limits.maxSessionStateSize()));
    }
    if (capacity < 1) {
      throw new ConfigurationInvalid(
          null,
          "queue-runtime.store.embedded.capacity is at least 1 byte, found " + capacity + ".");
    }
  }

  /** Durable in that directory, with the usual limits and the machine's clock. */
  public static EmbeddedStoreOptions in(Path directory) {
    return new EmbeddedStoreOptions(
        directory, StoreLimits.DEFAULTS, DEFAULT_CAPACITY, InstantSource.system());
  }

  /** Gone with the process: for tests. */
  public static EmbeddedStoreOptions inMemory() {
    return new EmbeddedStoreOptions(
        null, StoreLimits.DEFAULTS, DEFAULT_CAPACITY, InstantSource.system());
  }

  public EmbeddedStoreOptions withLimits(StoreLimits value) {
    return new EmbeddedStoreOptions(directory, value, capacity, clock);
  }

  public EmbeddedStoreOptions withCapacity(long value) {
    return new EmbeddedStoreOptions(directory, limits, value, clock);
  }

  public EmbeddedStoreOptions withClock(InstantSource value) {
    return new EmbeddedStoreOptions(directory, limits, capacity, value);
  }
}
