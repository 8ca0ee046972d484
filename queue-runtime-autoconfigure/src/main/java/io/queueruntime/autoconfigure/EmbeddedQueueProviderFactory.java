package io.queueruntime.autoconfigure;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.Embedded;
import io.queueruntime.embedded.EmbeddedOptions;
import io.queueruntime.embedded.EmbeddedOptions.Durability;
import io.queueruntime.embedded.EmbeddedOptions.OnStorageFailure;
import io.queueruntime.embedded.EmbeddedQueueProvider;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.QueueProvider;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.util.unit.DataSize;

/** Opens the provider that needs no broker. Thread-safe. */
final class EmbeddedQueueProviderFactory implements QueueProviderFactory {

  private static final DataSize LARGEST_SEGMENT = DataSize.ofGigabytes(1);
  private static final DataSize SMALLEST_SEGMENT = DataSize.ofKilobytes(64);

  @Override
  public String name() {
    return EmbeddedQueueProvider.NAME;
  }

  @Override
  public boolean createsQueues() {
    return true;
  }

  @Override
  public QueueOptions queueDefaults(ProviderSettings settings) {
    return QueueOptions.DEFAULTS.withCapacity(Math.max(0, settings.as(Embedded.class).capacity()));
  }

  @Override
  public List<StartupProblem> check(ProviderSettings settings) {
    Embedded embedded = settings.as(Embedded.class);
    List<StartupProblem> problems = new ArrayList<>();
    atLeast(
        problems, settings, "capacity", embedded.capacity(), 0, "0 (no limit) or more", "10000");
    atLeast(
        problems,
        settings,
        "snapshot.every",
        embedded.snapshot().every(),
        1,
        "1 or more",
        "100000");
    atLeast(problems, settings, "snapshot.keep", embedded.snapshot().keep(), 1, "1 or more", "2");
    atLeast(
        problems,
        settings,
        "snapshot.interval",
        embedded.snapshot().interval().toNanos(),
        1,
        "more than zero",
        "30s");
    DataSize segment = embedded.segmentSize();
    if (segment.compareTo(SMALLEST_SEGMENT) < 0 || segment.compareTo(LARGEST_SEGMENT) > 0) {
      problems.add(
          StartupProblem.failure(
              "QR-139",
              "%s is %dB; allowed is 64KB to 1GB."
                  .formatted(settings.propertyWithOrigin("segment-size"), segment.toBytes()),
              "Set %s, e.g. to 64MB.".formatted(settings.property("segment-size"))));
    }
    addNotices(problems, settings, embedded);
    return problems;
  }

  private static void atLeast(
      List<StartupProblem> problems,
      ProviderSettings settings,
      String name,
      long value,
      long least,
      String allowed,
      String example) {
    if (value < least) {
      problems.add(
          StartupProblem.failure(
              "QR-139",
              "%s is too small; allowed is %s."
                  .formatted(settings.propertyWithOrigin(name), allowed),
              "Set %s, e.g. to %s.".formatted(settings.property(name), example)));
    }
  }

  private static void addNotices(
      List<StartupProblem> problems, ProviderSettings settings, Embedded embedded) {
    String durability = settings.propertyWithOrigin("durability");
    switch (embedded.durability()) {
      case MEMORY ->
          problems.add(
              StartupProblem.notice(
                  "QR-150",
                  durability + " is memory: no message survives the end of this process."));
      case OS ->
          problems.add(
              StartupProblem.notice(
                  "QR-150",
                  durability
                      + " is os: acknowledged messages can be lost when the machine loses power."));
      case FSYNC -> {
        if (isTemporary(embedded.directory())) {
          problems.add(
              StartupProblem.notice(
                  "QR-119",
                  "%s is %s: temporary directories are emptied, at the latest when the machine restarts."
                      .formatted(settings.propertyWithOrigin("directory"), embedded.directory())));
        }
      }
    }
    if (embedded.onStorageFailure() == OnStorageFailure.DEGRADE) {
      problems.add(
          StartupProblem.notice(
              "QR-151",
              settings.propertyWithOrigin("on-storage-failure")
                  + " is degrade: after a disk failure messages are acknowledged that no restart brings back."));
    }
  }

  private static boolean isTemporary(Path directory) {
    Path absolute = directory.toAbsolutePath().normalize();
    return absolute.startsWith(
        Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath().normalize());
  }

  @Override
  public String summary(ProviderSettings settings) {
    Embedded embedded = settings.as(Embedded.class);
    return switch (embedded.durability()) {
      case MEMORY -> "in memory";
      case OS -> directory(embedded) + ", written but not forced to disk";
      case FSYNC -> directory(embedded) + ", every acknowledgement forced to disk";
    };
  }

  private static Path directory(Embedded embedded) {
    return embedded.directory().toAbsolutePath().normalize();
  }

  @Override
  public QueueProvider open(ProviderSettings settings) {
    return new EmbeddedQueueProvider(options(settings.as(Embedded.class)));
  }

  @Override
  public Optional<Throwable> failure(QueueProvider opened) {
    return opened instanceof EmbeddedQueueProvider embedded ? embedded.failure() : Optional.empty();
  }

  private static EmbeddedOptions options(Embedded embedded) {
    EmbeddedOptions options =
        embedded.durability() == Durability.MEMORY
            ? EmbeddedOptions.inMemory()
            : EmbeddedOptions.in(embedded.directory())
                .withDurability(embedded.durability())
                .withSegmentSize(Math.toIntExact(embedded.segmentSize().toBytes()));
    return options
        .withCapacity(embedded.capacity())
        .withSnapshots(
            embedded.snapshot().interval(), embedded.snapshot().every(), embedded.snapshot().keep())
        .withOnStorageFailure(embedded.onStorageFailure());
  }

  @Override
  public StartupProblem explain(ProviderSettings settings, RuntimeException failure) {
    String what =
        "Client \"%s\" cannot open %s \"%s\": %s"
            .formatted(
                settings.client(),
                settings.propertyWithOrigin("directory"),
                directory(settings.as(Embedded.class)),
                failure.getMessage());
    String property = settings.property("directory");
    if (!(failure instanceof StorageFailed storage)) {
      return QueueProviderFactory.super.explain(settings, failure);
    }
    String action =
        switch (storage.reason()) {
          case DIRECTORY_IN_USE ->
              "Stop the other application (with DevTools or cached test contexts it may be this one), or set %s to a directory of its own. Several instances at once need a broker."
                  .formatted(property);
          case DIRECTORY_NOT_USABLE ->
              "Make the directory one that user \"%s\" may write to, or set %s to another one."
                  .formatted(System.getProperty("user.name"), property);
          case DAMAGED ->
              "Copy the directory away before anything else, then put back a backup of it; or set %s to an empty directory to go on without its messages."
                  .formatted(property);
          case NEWER_FORMAT ->
              "Upgrade queue-runtime, or set %s to another directory.".formatted(property);
          case DISK ->
              "Check the disk, or set %s to a directory on another one.".formatted(property);
        };
    return StartupProblem.failure(code(storage.reason()), what, action);
  }

  /** The entry in the error catalogue. */
  static String code(StorageFailed.Reason reason) {
    return switch (reason) {
      case DIRECTORY_IN_USE -> "QR-118";
      case DIRECTORY_NOT_USABLE, DISK -> "QR-119";
      case DAMAGED -> "QR-120";
      case NEWER_FORMAT -> "QR-121";
    };
  }

  /** Clients that would share a directory with another one, which only one of them can own. */
  static Map<ClientDefinition, StartupProblem> sharedDirectories(
      Collection<ClientDefinition> clients) {
    Map<ClientDefinition, StartupProblem> problems = new LinkedHashMap<>();
    Map<Path, ClientDefinition> owners = new HashMap<>();
    for (ClientDefinition client : clients) {
      if (client.factory() instanceof EmbeddedQueueProviderFactory) {
        Embedded embedded = client.settings().as(Embedded.class);
        ClientDefinition owner =
            embedded.durability() == Durability.MEMORY
                ? null
                : owners.putIfAbsent(directory(embedded), client);
        if (owner != null) {
          problems.put(
              client,
              StartupProblem.failure(
                  "QR-144",
                  "Clients \"%s\" and \"%s\" both keep their queues in \"%s\", which only one of them can own."
                      .formatted(owner.name(), client.name(), directory(embedded)),
                  "Set %s, e.g. to %s-%s."
                      .formatted(
                          client.settings().property("directory"),
                          embedded.directory(),
                          client.name())));
        }
      }
    }
    return problems;
  }
}
