package io.queueruntime.samples.sessions;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads the bundled {@code movements.csv}. Thread-safe. */
final class MovementsFile {

  static final String RESOURCE = "/movements.csv";

  private MovementsFile() {}

  /** All movements, in the order of the file. */
  static List<Movement> read() {
    try (InputStream in = MovementsFile.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(
            "The class path has no " + RESOURCE + ", which this sample brings along.");
      }
      BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      return lines.lines().skip(1).map(MovementsFile::parse).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Movement parse(String line) {
    List<String> fields = fields(line);
    return new Movement(
        Integer.parseInt(fields.get(0)),
        fields.get(1),
        Integer.parseInt(fields.get(2)),
        fields.get(3),
        new BigDecimal(fields.get(4)),
        fields.get(5),
        fields.get(6));
  }

  /** Fields between commas; a comma between quotation marks belongs to its field. */
  private static List<String> fields(String line) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    fields.add(field.toString());
    return fields;
  }
}
