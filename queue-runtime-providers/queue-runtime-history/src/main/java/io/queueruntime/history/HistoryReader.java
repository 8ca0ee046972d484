package io.queueruntime.history;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads a history to its end.
 *
 * <p>A last line without its line feed was being written when its process died: it is left out. Any
 * other line that cannot be read is an error, since a history with holes proves nothing.
 *
 * <p>Thread-safe.
 */
public final class HistoryReader {

  private HistoryReader() {}

  /** All events of a file. */
  public static List<HistoryEvent> read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      List<HistoryEvent> events = new ArrayList<>();
      read(in, events::add);
      return events;
    }
  }

  /** Hands over event by event until the stream ends. */
  public static void read(InputStream source, Consumer<HistoryEvent> sink) throws IOException {
    InputStream in = new BufferedInputStream(source, 64 * 1024);
    ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    long number = 1;
    for (int b = in.read(); b >= 0; b = in.read()) {
      if (b != '\n') {
        line.write(b);
        if (line.size() > HistoryLine.MAX_LENGTH) {
          throw new IOException(
              "Line %d of the history is longer than %d bytes."
                  .formatted(number, HistoryLine.MAX_LENGTH));
        }
        continue;
      }
      try {
        sink.accept(HistoryLine.parse(line.toString(StandardCharsets.US_ASCII)));
      } catch (IllegalArgumentException e) {
        throw new IOException(
            "Line %d of the history cannot be read: %s".formatted(number, e.getMessage()), e);
      }
      line.reset();
      number++;
    }
  }
}
