package io.queueruntime.journal;

import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of a journal's files, which sort as their numbers do. */
final class FileNames {

  /** Names of files that are being written; what is left of them after a crash is nothing. */
  static final String UNFINISHED = ".tmp";

  private static final Pattern SEGMENT = Pattern.compile("journal-(\\d{10})\\.qj");
  private static final Pattern SNAPSHOT = Pattern.compile("snapshot-(\\d{19})\\.qs");

  private FileNames() {}

  static String segment(int number) {
    return String.format("journal-%010d.qj", number);
  }

  static String snapshot(long covered) {
    return String.format("snapshot-%019d.qs", covered);
  }

  /**
   * A name no other attempt has, so that what an earlier one could not delete is not in the way.
   */
  static String unfinished(String name, int attempt) {
    return name + "." + attempt + UNFINISHED;
  }

  static boolean isUnfinished(String name) {
    return name.endsWith(UNFINISHED)
        && (name.startsWith("journal-") || name.startsWith("snapshot-"));
  }

  static OptionalInt segmentNumber(String name) {
    Matcher matcher = SEGMENT.matcher(name);
    if (!matcher.matches()) {
      return OptionalInt.empty();
    }
    long number = Long.parseLong(matcher.group(1));
    return number >= 1 && number <= Integer.MAX_VALUE
        ? OptionalInt.of((int) number)
        : OptionalInt.empty();
  }

  static OptionalLong snapshotCovered(String name) {
    Matcher matcher = SNAPSHOT.matcher(name);
    if (!matcher.matches()) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseLong(matcher.group(1)));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }
}
