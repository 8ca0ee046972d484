package io.queueruntime.storage;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.QueueRuntimeException.StorageFailed.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory of the file system. Owned by one object in one process at a time; nobody else on the
 * machine may read it (directory 0700, files 0600, where the file system knows permissions).
 *
 * <p>Thread-safe, as {@link Storage} says.
 */
public final class NioStorage implements Storage {

  private final Path directory;
  private final DirectoryOwner owner;

  private NioStorage(Path directory, DirectoryOwner owner) {
    this.directory = directory;
    this.owner = owner;
  }

  /**
   * Takes that directory, creating it and what is missing above it.
   *
   * @throws StorageFailed when it is no directory, cannot be created, or is owned already
   */
  public static NioStorage open(Path directory) {
    Path absolute = directory.toAbsolutePath().normalize();
    try {
      create(absolute);
      return new NioStorage(absolute, DirectoryOwner.take(absolute));
    } catch (IOException e) {
      throw new StorageFailed(
          Reason.DIRECTORY_NOT_USABLE,
          "The data directory "
              + absolute
              + " cannot be opened: "
              + e
              + ". Check that this process may create, read and write it.",
          e);
    }
  }

  @Override
  public List<String> list() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.equals(DirectoryOwner.FILE_NAME))
          .sorted()
          .toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  @Override
  public StorageFile open(String name) throws IOException {
    Path path = path(name);
    return new NioStorageFile(path, NioStorageFile.openChannel(path));
  }

  @Override
  public StorageFile create(String name) throws IOException {
    Path path = path(name);
    return new NioStorageFile(
        path,
        FileChannel.open(
            path,
            Set.of(
                StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
            ownerOnly(path, "rw-------")));
  }

  @Override
  public void rename(String from, String to) throws IOException {
    Files.move(
        path(from), path(to), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void delete(String name) throws IOException {
    Files.delete(path(name));
  }

  @Override
  public void forceDirectory() throws IOException {
    force(directory);
  }

  @Override
  public String describe() {
    return directory.toString();
  }

  @Override
  public void close() {
    try {
      owner.close();
    } catch (IOException e) {
      throw new StorageFailed(
          "The data directory " + directory + " could not be given up: " + e, e);
    }
  }

  static FileChannel openOrCreate(Path path) throws IOException {
    Set<OpenOption> options =
        Set.of(
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            LinkOption.NOFOLLOW_LINKS);
    return FileChannel.open(path, options, ownerOnly(path, "rw-------"));
  }

  private Path path(String name) throws IOException {
    return directory.resolve(StorageName.checked(name));
  }

  /**
   * Creates what is missing, and makes the new names durable: a lost directory loses all that is in
   * it.
   */
  private static void create(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(directory + " is there, but is neither a directory nor a link to one");
    }
    Deque<Path> missing = new ArrayDeque<>();
    for (@Nullable Path path = directory;
        path != null && !Files.exists(path);
        path = path.getParent()) {
      missing.push(path);
    }
    for (Path path : missing) {
      try {
        if (path.equals(directory)) {
          Files.createDirectory(path, ownerOnly(path, "rwx------"));
        } else {
          Files.createDirectory(path);
        }
      } catch (FileAlreadyExistsException e) {
        if (!Files.isDirectory(path)) {
          throw e;
        }
      }
      Path parent = path.getParent();
      if (parent != null) {
        try {
          force(parent);
        } catch (AccessDeniedException e) {
          // A parent that may be entered but not read cannot be forced by anybody but its owner.
        }
      }
    }
  }

  private static void force(Path directory) throws IOException {
    if (!isPosix(directory)) {
      return; // Windows neither needs it nor opens directories.
    }
    // The thread may carry an interrupt, which would close the channel before it has done anything.
    boolean interrupted = Thread.interrupted();
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static FileAttribute<?>[] ownerOnly(Path path, String permissions) {
    return isPosix(path)
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }

  private static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
