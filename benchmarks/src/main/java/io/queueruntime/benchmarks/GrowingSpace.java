package io.queueruntime.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * File after file, each laid out by another thread while the one before fills: what a journal needs
 * that keeps what it was given. Every byte is written twice, as zeros and as itself.
 *
 * <p>Confined to one thread at a time.
 */
final class GrowingSpace implements BareJournal.Space {

  private static final int FILE_BYTES = 64 * 1024 * 1024;

  private final Path directory;
  private final boolean forced;
  private final ExecutorService background = Executors.newSingleThreadExecutor();
  private int files;
  private FileChannel file;
  private Future<FileChannel> next;
  private long position;

  GrowingSpace(Path directory, String durability) throws IOException {
    this.directory = directory;
    this.forced = durability.equals("fsync");
    this.file = layOut(directory.resolve("journal-0"));
    this.next = begin();
  }

  private Future<FileChannel> begin() {
    Path path = directory.resolve("journal-" + ++files);
    return background.submit(() -> layOut(path));
  }

  private static FileChannel layOut(Path path) throws IOException {
    FileChannel made =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    ByteBuffer zeros = ByteBuffer.allocateDirect(1024 * 1024);
    for (long at = 0; at < FILE_BYTES; at += zeros.capacity()) {
      made.write(zeros.clear(), at);
    }
    made.force(true);
    return made;
  }

  @Override
  public void write(ByteBuffer group) throws IOException {
    if (position + group.remaining() > FILE_BYTES) {
      file.close();
      file = awaitNext();
      next = begin();
      position = 0;
    }
    while (group.hasRemaining()) {
      position += file.write(group, position);
    }
    if (forced) {
      file.force(false);
    }
  }

  private FileChannel awaitNext() throws IOException {
    try {
      return next.get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IOException("The next file could not be laid out: " + e, e);
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
    awaitNext().close();
    background.shutdown();
  }
}
