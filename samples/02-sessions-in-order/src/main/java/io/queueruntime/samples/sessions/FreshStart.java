package io.queueruntime.samples.sessions;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Starts over when the run before came to its end: takes its queue away, then its ledger. In this
 * order, because an empty queue that remembers the message ids of a ledger that is gone would
 * discard every movement as a duplicate. Stateless.
 */
final class FreshStart implements ApplicationContextInitializer<ConfigurableApplicationContext> {

  @Override
  public void initialize(ConfigurableApplicationContext context) {
    RunOptions options =
        Binder.get(context.getEnvironment()).bindOrCreate("sample", RunOptions.class);
    if (!options.worksAlone()) {
      return;
    }
    List<LedgerEntry> ledger = Ledger.read(options.ledger());
    if (ledger.stream().anyMatch(entry -> entry.kind() == LedgerEntry.Kind.PROVEN)) {
      System.out.println(
          "The last run came to its end; starting over in " + options.directory() + ".");
      delete(options.queues());
      delete(options.ledger());
    }
  }

  /** Deletes a file, or a directory with all that is in it; nothing when there is none. */
  static void delete(Path path) {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot delete " + path + ": " + e.getMessage(), e);
    }
  }
}
