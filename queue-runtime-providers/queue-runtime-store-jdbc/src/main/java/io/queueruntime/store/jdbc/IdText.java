package io.queueruntime.store.jdbc;

/**
 * Ids as texts that any database takes and gives back as they were: control characters, halves of
 * surrogate pairs and the backslash become a backslash, a {@code u} and four hexadecimal digits; so
 * that ids which differ stay different.
 */
final class IdText {

  private IdText() {}

  static String escape(String id) {
    int plain = 0;
    while (plain < id.length() && isPlain(id, plain)) {
      plain++;
    }
    if (plain == id.length()) {
      return id;
    }
    StringBuilder text = new StringBuilder(id.length() + 16);
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      if (isPlain(id, i)) {
        text.append(c);
      } else {
        text.append("\\u").append("%04x".formatted((int) c));
      }
    }
    return text.toString();
  }

  static String unescape(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    StringBuilder id = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        id.append((char) Integer.parseInt(text, i + 2, i + 6, 16));
        i += 5;
      } else {
        id.append(c);
      }
    }
    return id.toString();
  }

  private static boolean isPlain(String id, int at) {
    char c = id.charAt(at);
    if (Character.isHighSurrogate(c)) {
      return at + 1 < id.length() && Character.isLowSurrogate(id.charAt(at + 1));
    }
    if (Character.isLowSurrogate(c)) {
      return at > 0 && Character.isHighSurrogate(id.charAt(at - 1));
    }
    return c != '\\' && !Character.isISOControl(c);
  }
}
