package io.queueruntime.autoconfigure;

import io.queueruntime.autoconfigure.QueueRuntimeProperties.Store;
import io.queueruntime.store.QueueStateStore;
import io.queueruntime.store.embedded.EmbeddedStateStore;
import io.queueruntime.store.embedded.EmbeddedStoreOptions;
import java.util.ArrayList;
import java.util.List;
import org.springframework.util.unit.DataSize;

/** Opens the store that needs no database. Thread-safe. */
final class EmbeddedQueueStateStoreFactory implements QueueStateStoreFactory {

  private static final DataSize SMALLEST_CAPACITY = DataSize.ofMegabytes(1);
  private static final DataSize LARGEST_CAPACITY = DataSize.ofGigabytes(4);
  private static final DataSize LARGEST_ENTRY = DataSize.ofMegabytes(8);
  private static final String PREFIX = QueueRuntimeProperties.PREFIX + ".store.";

  @Override
  public String name() {
    return EmbeddedStateStore.NAME;
  }

  @Override
  public List<StartupProblem> check(Store settings) {
    List<StartupProblem> problems = new ArrayList<>();
    DataSize capacity = settings.embedded().capacity();
    if (capacity.compareTo(SMALLEST_CAPACITY) < 0 || capacity.compareTo(LARGEST_CAPACITY) > 0) {
      problems.add(
          StartupProblem.failure(
              "QR-170",
              PREFIX
                  + "embedded.capacity is %dB; allowed is 1MB to 4GB."
                      .formatted(capacity.toBytes()),
              "Set " + PREFIX + "embedded.capacity, e.g. to 64MB."));
    }
    if (settings.maxMessageSize().compareTo(LARGEST_ENTRY) > 0
        || settings.maxSessionStateSize().compareTo(LARGEST_ENTRY) > 0) {
      problems.add(
          StartupProblem.failure(
              "QR-170",
              "An embedded state store takes entries of at most 8MB, less than %smax-message-size (%dB) or %smax-session-state-size (%dB)."
                  .formatted(
                      PREFIX,
                      settings.maxMessageSize().toBytes(),
                      PREFIX,
                      settings.maxSessionStateSize().toBytes()),
              "Lower them, or set " + PREFIX + "type to jdbc."));
    }
    problems.add(
        StartupProblem.notice(
            "QR-172",
            PREFIX
                + "type is embedded: what brokers lack is kept by this instance alone. Several instances of an application need jdbc."));
    return problems;
  }

  @Override
  public QueueStateStore open(String client, Store settings) {
    return EmbeddedStateStore.open(
        EmbeddedStoreOptions.in(settings.embedded().directory().resolve(client))
            .withLimits(settings.limits())
            .withCapacity(settings.embedded().capacity().toBytes()));
  }
}
