package io.queueruntime.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A file behind a channel that an interrupt does not close.
 *
 * <p>A {@link FileChannel} closes itself when the thread that uses it is interrupted. Here the
 * interrupt is set aside while the channel works and raised again afterwards; when it arrives in
 * the middle, the channel is opened anew and a read or a write, which name their position, are
 * repeated. A force must not be repeated: had it failed at the same moment, a second one could
 * report a success that never was. So files that are written have a second channel, of the kind
 * that no interrupt closes, which is there to force.
 *
 * <p>Confined to one thread at a time; another one may force meanwhile.
 */
final class NioStorageFile implements StorageFile {

  private final Path path;
  private FileChannel channel;

  /** Opened before the first write, so that it learns of every byte that could not be written. */
  private volatile @Nullable AsynchronousFileChannel forcing;

  NioStorageFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  static FileChannel openChannel(Path path) throws IOException {
    return FileChannel.open(
        path, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
  }

  @Override
  public long size() throws IOException {
    return repeated(FileChannel::size);
  }

  @Override
  public void write(ByteBuffer source, long position) throws IOException {
    forcing();
    int start = source.position();
    repeated(
        open -> {
          source.position(start);
          long at = position;
          while (source.hasRemaining()) {
            at += open.write(source, at);
          }
          return Boolean.TRUE;
        });
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    int start = target.position();
    return repeated(
        open -> {
          target.position(start);
          while (target.hasRemaining()) {
            int count = open.read(target, position + target.position() - start);
            if (count <= 0) {
              break;
            }
          }
          return target.position() - start;
        });
  }

  @Override
  public void truncate(long size) throws IOException {
    repeated(open -> open.truncate(size));
  }

  @Override
  public void force(boolean metadata) throws IOException {
    forcing().force(metadata);
  }

  private AsynchronousFileChannel forcing() throws IOException {
    AsynchronousFileChannel open = forcing;
    return open == null ? openForcing() : open;
  }

  /** Once, also where one thread forces for the first time while another one writes. */
  private synchronized AsynchronousFileChannel openForcing() throws IOException {
    AsynchronousFileChannel open = forcing;
    if (open == null) {
      open =
          AsynchronousFileChannel.open(path, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
      forcing = open;
    }
    return open;
  }

  @Override
  public void close() throws IOException {
    AsynchronousFileChannel open = forcing;
    try (FileChannel closing = channel) {
      if (open != null) {
        open.close();
      }
    }
  }

  private <T> T repeated(ChannelOperation<T> operation) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          return operation.on(channel);
        } catch (ClosedByInterruptException e) {
          interrupted = true;
          Thread.interrupted();
          channel = openChannel(path);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @FunctionalInterface
  private interface ChannelOperation<T> {
    T on(FileChannel channel) throws IOException;
  }
}
