package io.queueruntime.storage;

import java.io.IOException;

/**
 * What a file in a storage may be called: a plain name that means the same on every file system.
 */
final class StorageName {

  private static final int LENGTH_MAX = 100;

  private StorageName() {}

  /**
   * Returns the name, or fails: a name with a separator in it would reach outside the directory.
   */
  static String checked(String name) throws IOException {
    boolean plain = !name.isEmpty() && name.length() <= LENGTH_MAX && name.charAt(0) != '.';
    for (int i = 0; plain && i < name.length(); i++) {
      plain = isPlain(name.charAt(i));
    }
    if (!plain) {
      throw new IOException(
          "A file name has letters, digits, '.', '-' and '_' only, does not start with '.', and is at most "
              + LENGTH_MAX
              + " long; found \""
              + name
              + "\".");
    }
    return name;
  }

  private static boolean isPlain(char c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || c == '-'
        || c == '.'
        || c == '_';
  }
}
