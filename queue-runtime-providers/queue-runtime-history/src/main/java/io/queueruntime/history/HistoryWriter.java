package io.queueruntime.history;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes events, each as one line and one write, so that what was written survives the end of the
 * process.
 *
 * <p>Thread-safe.
 */
public final class HistoryWriter implements Closeable {

  private final OutputStream out;

  /** Writes into that stream, flushing after every line. */
  public HistoryWriter(OutputStream out) {
    this.out = out;
  }

  /** Appends to a file, which is created when it is not there. */
  public static HistoryWriter appendingTo(Path file) throws IOException {
    return new HistoryWriter(
        Files.newOutputStream(
            file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND));
  }

  public void write(HistoryEvent event) {
    byte[] line = (HistoryLine.format(event) + "\n").getBytes(StandardCharsets.US_ASCII);
    synchronized (this) {
      try {
        out.write(line);
        out.flush();
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot write to the history.", e);
      }
    }
  }

  @Override
  public synchronized void close() throws IOException {
    out.close();
  }
}
