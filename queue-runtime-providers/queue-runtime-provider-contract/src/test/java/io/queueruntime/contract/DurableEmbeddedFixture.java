package io.queueruntime.contract;

import io.queueruntime.embedded.EmbeddedOptions;
import io.queueruntime.embedded.EmbeddedQueueProvider;
import io.queueruntime.provider.QueueProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The embedded provider on a real disk, every acknowledgement forced. A crash is brought about by
 * opening a copy of the files as they are at that moment, without the first provider's having had a
 * chance to end well.
 *
 * <p>Used by one thread.
 */
final class DurableEmbeddedFixture extends EmbeddedFixture {

  private final Path root;
  private final List<EmbeddedQueueProvider> left = new ArrayList<>();
  private Path directory;

  DurableEmbeddedFixture() {
    this(newDirectory());
  }

  private DurableEmbeddedFixture(Path root) {
    super(EmbeddedOptions.in(root.resolve("queues-0")));
    this.root = root;
    this.directory = root.resolve("queues-0");
  }

  private static Path newDirectory() {
    try {
      return Files.createTempDirectory("queue-contract-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  EmbeddedOptions options() {
    return super.options().withDirectory(directory);
  }

  @Override
  public QueueProvider reopen() {
    provider.close();
    return open();
  }

  @Override
  public boolean canReopen() {
    return true;
  }

  @Override
  public QueueProvider crash() {
    left.add(provider);
    Path from = directory;
    directory = root.resolve("queues-" + left.size());
    try (Stream<Path> files = Files.list(from)) {
      Files.createDirectory(directory);
      for (Path file : files.toList()) {
        Files.copy(file, directory.resolve(file.getFileName()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return open();
  }

  @Override
  public boolean canCrash() {
    return true;
  }

  @Override
  public void close() {
    super.close();
    left.forEach(EmbeddedQueueProvider::close);
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
