package io.queueruntime.samples.sessions;

import io.queueruntime.samples.sessions.LedgerEntry.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The books of the bank: an append-only file that knows every balance and what led to it.
 *
 * <p>A booking and the position in the input are forced to the disk before the call returns, so
 * that a message is only completed once its effect cannot be lost any more. The other entries are
 * evidence for the {@link Proof}: written at once, which {@code kill -9} cannot take back.
 *
 * <p>It belongs to one process, or to several instances of the sample that {@link #join} it: then
 * every entry is made while no other process makes one, after theirs were read.
 *
 * <p>Thread-safe.
 */
final class Ledger implements AutoCloseable {

  private final FileChannel lockFile;
  private final FileChannel file;
  private final boolean shared;
  private final Map<String, BigDecimal> balances = new HashMap<>();
  private final Set<String> booked = new HashSet<>();
  private int sentLines;
  private int runs;

  private Ledger(FileChannel lockFile, FileChannel file, boolean shared) {
    this.lockFile = lockFile;
    this.file = file;
    this.shared = shared;
  }

  /** Opens the ledger, or starts one; a last line that a crash cut off is taken away. */
  static Ledger open(Path path) {
    FileChannel lockFile = lockFile(path);
    try {
      own(lockFile, path);
      Ledger ledger = new Ledger(lockFile, file(path), false);
      ledger.catchUp();
      ledger.append(LedgerEntry.of(Kind.RUN, ledger.runs + 1), false);
      return ledger;
    } catch (RuntimeException | IOException e) {
      close(lockFile);
      throw e instanceof RuntimeException unchecked ? unchecked : cannotOpen(path, (IOException) e);
    }
  }

  /** Opens the ledger beside other processes that have joined it, or starts one. */
  static Ledger join(Path path) {
    try {
      Ledger ledger = new Ledger(lockFile(path), file(path), true);
      ledger.append(() -> LedgerEntry.of(Kind.RUN, ledger.runs + 1), false);
      return ledger;
    } catch (IOException e) {
      throw cannotOpen(path, e);
    }
  }

  /** Writes down that an instance was killed, beside those that have joined it. */
  static void killed(Path path, String instance) {
    try (Ledger ledger = new Ledger(lockFile(path), file(path), true)) {
      ledger.append(LedgerEntry.killed(instance), true);
    } catch (IOException e) {
      throw cannotOpen(path, e);
    }
  }

  private static FileChannel file(Path path) throws IOException {
    return FileChannel.open(
        path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private static UncheckedIOException cannotOpen(Path path, IOException e) {
    return new UncheckedIOException("Cannot open the ledger " + path + ": " + e.getMessage(), e);
  }

  /** Every whole entry of the file, in the order they happened; none when there is no file. */
  static List<LedgerEntry> read(Path path) {
    return Files.exists(path) ? Content.of(path).entries() : List.of();
  }

  /**
   * A file of its own to lock: where the system is POSIX, a process that closes any of its channels
   * to a file gives up its locks on it, and the ledger is also read through other channels.
   */
  private static FileChannel lockFile(Path path) {
    Path lockFile = path.resolveSibling(path.getFileName() + ".lock");
    try {
      Files.createDirectories(path.toAbsolutePath().getParent());
      return FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot lock the ledger " + path + ": " + e.getMessage(), e);
    }
  }

  private static void own(FileChannel lockFile, Path path) throws IOException {
    if (!isLocked(lockFile)) {
      throw new IllegalStateException(
          "The ledger "
              + path
              + " is in use: another run of this sample is still going. End it first, or wait for it.");
    }
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  /** Up to which line of the file everything was sent and acknowledged. */
  synchronized int sentLines() {
    return look(() -> sentLines);
  }

  synchronized void sent(int lines) {
    append(LedgerEntry.of(Kind.SENT, lines), true);
  }

  synchronized void delivered(Movement movement, String consumer, int delivery) {
    append(entry(Kind.DELIVERED, movement, consumer, delivery, BigDecimal.ZERO), false);
  }

  synchronized void failed(Movement movement, String consumer, int delivery) {
    append(entry(Kind.FAILED, movement, consumer, delivery, BigDecimal.ZERO), false);
  }

  /**
   * Adds the movement to its account's balance, durably; false when that was done before. Asking
   * first is what makes a handler safe under at-least-once delivery.
   */
  synchronized boolean book(Movement movement, String consumer, int delivery) {
    return append(
        () ->
            booked.contains(movement.id())
                ? null
                : entry(
                    Kind.BOOKED,
                    movement,
                    consumer,
                    delivery,
                    balances
                        .getOrDefault(movement.account(), BigDecimal.ZERO)
                        .add(movement.amount())),
        true);
  }

  synchronized void completed(Movement movement, String consumer, int delivery) {
    append(entry(Kind.COMPLETED, movement, consumer, delivery, BigDecimal.ZERO), false);
  }

  synchronized void proven() {
    append(LedgerEntry.of(Kind.PROVEN, booked.size()), true);
  }

  synchronized int bookedCount() {
    return look(booked::size);
  }

  private static LedgerEntry entry(
      Kind kind, Movement movement, String consumer, int delivery, BigDecimal balance) {
    return new LedgerEntry(
        kind, movement.account(), movement.number(), consumer, delivery, balance);
  }

  private void append(LedgerEntry entry, boolean durable) {
    append(() -> entry, durable);
  }

  /**
   * Appends what {@code decided} comes to once everything before it is known; false when that is
   * nothing.
   */
  private boolean append(Supplier<@Nullable LedgerEntry> decided, boolean durable) {
    return look(
        () -> {
          LedgerEntry entry = decided.get();
          if (entry != null) {
            write(entry, durable);
            remember(entry);
          }
          return entry != null;
        });
  }

  private void write(LedgerEntry entry, boolean durable) {
    ByteBuffer line = ByteBuffer.wrap((entry.toLine() + "\n").getBytes(StandardCharsets.UTF_8));
    try {
      while (line.hasRemaining()) {
        file.write(line);
      }
      if (durable) {
        file.force(false);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write to the ledger: " + e.getMessage(), e);
    }
  }

  /** Does the work with everything known that others have written, while they write nothing. */
  private <T> T look(Supplier<T> work) {
    if (!shared) {
      return work.get();
    }
    try (FileLock lock = lockFile.lock()) {
      catchUp();
      return work.get();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot share the ledger: " + e.getMessage(), e);
    }
  }

  /** Reads on to the end. A last line that is not whole is of a process that was killed. */
  private void catchUp() throws IOException {
    long from = file.position();
    ByteBuffer news = ByteBuffer.allocate((int) (file.size() - from));
    while (news.hasRemaining() && file.read(news) >= 0) {
      // Again.
    }
    Content content =
        Content.in(new String(news.array(), 0, news.position(), StandardCharsets.ISO_8859_1));
    content.entries().forEach(this::remember);
    file.truncate(from + content.wholeBytes());
    file.position(from + content.wholeBytes());
  }

  private void remember(LedgerEntry entry) {
    switch (entry.kind()) {
      case RUN -> runs = entry.number();
      case SENT -> sentLines = entry.number();
      case BOOKED -> {
        balances.put(entry.account(), entry.balance());
        booked.add(entry.account() + "/" + entry.number());
      }
      default -> {
        // Evidence only.
      }
    }
  }

  @Override
  public void close() {
    close(file);
    close(lockFile);
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a ledger file holds, up to where it is whole. Immutable. */
  private record Content(List<LedgerEntry> entries, long wholeBytes) {

    static Content of(Path path) {
      try {
        return in(Files.readString(path, StandardCharsets.ISO_8859_1));
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot read the ledger " + path + ": " + e.getMessage(), e);
      }
    }

    static Content in(String text) {
      List<LedgerEntry> entries = new ArrayList<>();
      int start = 0;
      for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
        var entry = LedgerEntry.fromLine(text.substring(start, end));
        if (entry.isEmpty()) {
          break;
        }
        entries.add(entry.get());
        start = end + 1;
      }
      if (text.indexOf('\n', start) >= 0 && text.indexOf('\n', start) < text.length() - 1) {
        throw new IllegalStateException(
            "The ledger is damaged at byte %d, before its end; delete its directory to start over."
                .formatted(start));
      }
      return new Content(entries, start);
    }
  }
}
