package io.queueruntime.servicebus;

import io.queueruntime.provider.QueueProvider;
import io.queueruntime.servicebus.emulator.EmulatorOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The provider on an emulator that keeps its queues in a directory. A crash is brought about by
 * starting another emulator on a copy of the files as they are at that moment, without the first
 * one's, or its client's, having had a chance to end well.
 *
 * <p>Used by one thread.
 */
final class DurableServiceBusFixture extends ServiceBusFixture {

  private final Path root;
  private final List<AutoCloseable> left = new ArrayList<>();
  private int crashes;

  DurableServiceBusFixture() {
    this(newDirectory());
  }

  private DurableServiceBusFixture(Path root) {
    super(in(root.resolve("data-0")));
    this.root = root;
  }

  private static Path newDirectory() {
    try {
      return Files.createTempDirectory("servicebus-contract-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Emulated in(Path directory) {
    return new Emulated(EmulatorOptions.DEFAULTS.withData(directory));
  }

  @Override
  public boolean canCrash() {
    return true;
  }

  @Override
  public QueueProvider crash() {
    left.add(provider);
    left.add(emulated);
    Path from = root.resolve("data-" + crashes);
    crashes++;
    Path to = root.resolve("data-" + crashes);
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    emulated = in(to);
    return open();
  }

  @Override
  public void close() {
    super.close();
    try {
      for (AutoCloseable one : left) {
        one.close();
      }
      try (Stream<Path> all = Files.walk(root)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    } catch (Exception e) {
      throw new IllegalStateException("Cannot clear away what was left in " + root + ".", e);
    }
  }
}
