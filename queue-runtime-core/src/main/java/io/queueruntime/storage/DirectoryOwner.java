package io.queueruntime.storage;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.QueueRuntimeException.StorageFailed.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * The exclusive right of this object to a directory: a lock of the operating system on a file in
 * it.
 *
 * <p>The lock goes with the process, however it ends, so that nobody ever has to remove the file.
 * What the file says (process id and start) is for people and error texts only.
 *
 * <p>On POSIX systems a process loses its lock on a file as soon as it closes <em>any</em>
 * descriptor of that file. So a second attempt in the same process must not open and close the
 * file: known owners are kept in {@link #OWNED}, and a channel that found its lock taken by this
 * very process (loaded by another class loader) stays open in {@link #SPARE}, one for each
 * directory, for the next attempt.
 *
 * <p>Thread-safe.
 */
final class DirectoryOwner implements AutoCloseable {

  static final String FILE_NAME = "owner.lock";

  /**
   * Locked far behind the text, so that systems with mandatory locks still let others read who owns
   * it.
   */
  private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;

  private static final int TEXT_MAX = 200;

  private static final Set<Object> OWNED = ConcurrentHashMap.newKeySet();
  private static final ConcurrentMap<Object, FileChannel> SPARE = new ConcurrentHashMap<>();

  private final Object key;
  private final FileChannel channel;
  private boolean closed;

  private DirectoryOwner(Object key, FileChannel channel) {
    this.key = key;
    this.channel = channel;
  }

  /** Takes the directory, or fails with {@code StorageFailed} when somebody has it. */
  static DirectoryOwner take(Path directory) throws IOException {
    Object key = key(directory);
    if (!OWNED.add(key)) {
      throw ownedByThisProcess(directory);
    }
    boolean taken = false;
    try {
      DirectoryOwner owner = lock(directory, key);
      taken = true;
      return owner;
    } finally {
      if (!taken) {
        OWNED.remove(key);
      }
    }
  }

  private static DirectoryOwner lock(Path directory, Object key) throws IOException {
    FileChannel channel = SPARE.remove(key);
    if (channel == null) {
      channel = NioStorage.openOrCreate(directory.resolve(FILE_NAME));
    }
    FileLock lock;
    try {
      lock = channel.tryLock(LOCKED_BYTE, 1, false);
    } catch (OverlappingFileLockException e) {
      SPARE.put(key, channel);
      throw ownedByThisProcess(directory);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    if (lock == null) {
      String found = text(channel);
      channel.close();
      throw new StorageFailed(
          Reason.DIRECTORY_IN_USE,
          "The data directory "
              + directory
              + " is owned by another process"
              + (found.isEmpty() ? "" : " (" + found + ")")
              + ". Stop that process, or give this one a directory of its own.",
          null);
    }
    try {
      String text =
          "pid "
              + ProcessHandle.current().pid()
              + ", since "
              + Instant.now().truncatedTo(ChronoUnit.SECONDS);
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), 0);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    return new DirectoryOwner(key, channel);
  }

  /** Gives the directory up. The file stays: removing it could remove the next owner's. */
  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      channel.close();
    } finally {
      OWNED.remove(key);
    }
  }

  private static Object key(Path directory) throws IOException {
    @Nullable Object fileKey = Files.readAttributes(directory, BasicFileAttributes.class).fileKey();
    return fileKey == null ? directory.toRealPath() : fileKey;
  }

  /** What the owner wrote, as far as it can be printed. */
  private static String text(FileChannel channel) {
    ByteBuffer bytes = ByteBuffer.allocate(TEXT_MAX);
    try {
      channel.read(bytes, 0);
    } catch (IOException e) {
      return "";
    }
    String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII);
    return text.replaceAll("[^ -~]", "").strip();
  }

  private static StorageFailed ownedByThisProcess(Path directory) {
    return new StorageFailed(
        Reason.DIRECTORY_IN_USE,
        "The data directory "
            + directory
            + " is owned by this process already (pid "
            + ProcessHandle.current().pid()
            + "). Close what has it open, or give each its own directory.",
        null);
  }
}
