package io.queueruntime.history;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/**
 * The text of one event.
 *
 * <pre>
 * time process call OPERATION PHASE field=value field=value …
 * </pre>
 *
 * Parts are separated by one space. In process and values everything but printable ASCII, and the
 * characters {@code %}, {@code =} and space, is written as {@code %XXXX} (a UTF-16 unit in
 * hexadecimal). A line has at most {@link #MAX_LENGTH} characters.
 *
 * <p>Thread-safe.
 */
final class HistoryLine {

  static final int MAX_LENGTH = 16 * 1024;

  private static final Map<String, Field> FIELDS = new HashMap<>();

  static {
    for (Field field : Field.values()) {
      FIELDS.put(field.label(), field);
    }
  }

  private HistoryLine() {}

  static String format(HistoryEvent event) {
    StringBuilder line = new StringBuilder(160);
    line.append(event.time()).append(' ');
    escape(event.process(), line);
    line.append(' ').append(event.call());
    line.append(' ').append(event.operation().name()).append(' ').append(event.phase().name());
    event
        .fields()
        .forEach(
            (field, value) -> {
              line.append(' ').append(field.label()).append('=');
              escape(value, line);
            });
    if (line.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "An event takes at most "
              + MAX_LENGTH
              + " characters, this one takes "
              + line.length()
              + ".");
    }
    return line.toString();
  }

  /** Throws {@link IllegalArgumentException} for what {@link #format} never writes. */
  static HistoryEvent parse(String line) {
    if (line.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("too long: " + line.length() + " characters");
    }
    String[] parts = line.split(" ", -1);
    if (parts.length < 5) {
      throw new IllegalArgumentException("too short: " + parts.length + " parts");
    }
    EnumMap<Field, String> fields = new EnumMap<>(Field.class);
    for (int i = 5; i < parts.length; i++) {
      int equals = parts[i].indexOf('=');
      Field field = equals < 0 ? null : FIELDS.get(parts[i].substring(0, equals));
      if (field == null) {
        throw new IllegalArgumentException("not a field: " + parts[i]);
      }
      if (fields.put(field, unescape(parts[i].substring(equals + 1))) != null) {
        throw new IllegalArgumentException("twice: " + field.label());
      }
    }
    return new HistoryEvent(
        Long.parseLong(parts[0]),
        unescape(parts[1]),
        Long.parseLong(parts[2]),
        Operation.valueOf(parts[3]),
        Phase.valueOf(parts[4]),
        fields);
  }

  private static void escape(String text, StringBuilder into) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c > ' ' && c < 0x7f && c != '%' && c != '=') {
        into.append(c);
      } else {
        into.append('%');
        String hex = Integer.toHexString(c);
        into.append("0000", 0, 4 - hex.length()).append(hex);
      }
    }
  }

  private static String unescape(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    StringBuilder plain = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '%') {
        plain.append(c);
        continue;
      }
      if (i + 5 > text.length()) {
        throw new IllegalArgumentException("cut escape in: " + text);
      }
      plain.append((char) Integer.parseInt(text.substring(i + 1, i + 5), 16));
      i += 4;
    }
    return plain.toString();
  }
}
