package io.queueruntime.samples.sessions;

import io.queueruntime.samples.sessions.LedgerEntry.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
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

/**
 * The books of the bank: an append-only file that knows every balance and what led to it.
 *
 * <p>A booking and the position in the input are forced to the disk before the call returns, so
 * that a message is only completed once its effect cannot be lost any more. The other entries are
 * evidence for the {@link Proof}: written at once, which {@code kill -9} cannot take back.
 *
 * <p>Thread-safe.
 */
final class Ledger implements AutoCloseable {

  private final FileChannel owner;
  private final FileChannel file;
  private final Map<String, BigDecimal> balances = new HashMap<>();
  private final Set<String> booked = new HashSet<>();
  private int sentLines;
  private int runs;

  private Ledger(FileChannel owner, FileChannel file, List<LedgerEntry> entries) {
    this.owner = owner;
    this.file = file;
    entries.forEach(this::remember);
  }

  /** Opens the ledger, or starts one; a last line that a crash cut off is taken away. */
  static Ledger open(Path path) {
    FileChannel owner = own(path);
    try {
      return open(path, owner);
    } catch (RuntimeException | IOException e) {
      close(owner);
      throw e instanceof RuntimeException unchecked
          ? unchecked
          : new UncheckedIOException(
              "Cannot open the ledger " + path + ": " + e.getMessage(), (IOException) e);
    }
  }

  private static Ledger open(Path path, FileChannel owner) throws IOException {
    FileChannel file =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    Content content = Content.of(path);
    file.truncate(content.wholeBytes());
    file.position(content.wholeBytes());
    Ledger ledger = new Ledger(owner, file, content.entries());
    ledger.append(LedgerEntry.of(Kind.RUN, ledger.runs + 1), false);
    return ledger;
  }

  /** Every whole entry of the file, in the order they happened; none when there is no file. */
  static List<LedgerEntry> read(Path path) {
    return Files.exists(path) ? Content.of(path).entries() : List.of();
  }

  /**
   * Locks a file of its own: where the system is POSIX, a process that closes any of its channels
   * to a file gives up its locks on it, and the ledger is also read through other channels.
   */
  private static FileChannel own(Path path) {
    Path lockFile = path.resolveSibling(path.getFileName() + ".lock");
    try {
      Files.createDirectories(path.toAbsolutePath().getParent());
      FileChannel channel =
          FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (!isLocked(channel)) {
        channel.close();
        throw new IllegalStateException(
            "The ledger "
                + path
                + " is in use: another run of this sample is still going. End it first, or wait for it.");
      }
      return channel;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot lock the ledger " + path + ": " + e.getMessage(), e);
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
    return sentLines;
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
    if (booked.contains(movement.id())) {
      return false;
    }
    BigDecimal balance =
        balances.getOrDefault(movement.account(), BigDecimal.ZERO).add(movement.amount());
    append(entry(Kind.BOOKED, movement, consumer, delivery, balance), true);
    return true;
  }

  synchronized void completed(Movement movement, String consumer, int delivery) {
    append(entry(Kind.COMPLETED, movement, consumer, delivery, BigDecimal.ZERO), false);
  }

  synchronized void proven() {
    append(LedgerEntry.of(Kind.PROVEN, booked.size()), true);
  }

  synchronized int bookedCount() {
    return booked.size();
  }

  private static LedgerEntry entry(
      Kind kind, Movement movement, String consumer, int delivery, BigDecimal balance) {
    return new LedgerEntry(
        kind, movement.account(), movement.number(), consumer, delivery, balance);
  }

  private void append(LedgerEntry entry, boolean durable) {
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
    remember(entry);
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
    close(owner);
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
        String text = Files.readString(path, StandardCharsets.ISO_8859_1);
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
              "The ledger %s is damaged at byte %d, before its end; delete its directory to start over."
                  .formatted(path, start));
        }
        return new Content(entries, start);
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot read the ledger " + path + ": " + e.getMessage(), e);
      }
    }
  }
}
