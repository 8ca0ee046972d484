package io.queueruntime.engine;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a record stands in an undamaged directory, by the layout of format version 1: a second
 * reading of it, that owes nothing to the journal's own.
 *
 * @param file the segment it is in
 * @param offset where it begins
 * @param end where it ends
 * @param sequence its number
 * @param proven the last number that it proves to have been forced
 */
record RecordPlace(String file, int offset, int end, long sequence, long proven) {

  private static final int SEGMENT_HEADER = 32;
  private static final int FRAME = 24;

  static List<RecordPlace> all(Map<String, byte[]> files) {
    List<RecordPlace> found = new ArrayList<>();
    files.forEach(
        (name, bytes) -> {
          ByteBuffer content = ByteBuffer.wrap(bytes);
          int at = SEGMENT_HEADER;
          while (name.startsWith("journal-")
              && at + FRAME <= bytes.length
              && content.getInt(at + 4) > 0) {
            int end = at + content.getInt(at + 4);
            long sequence = content.getLong(at + 8);
            found.add(
                new RecordPlace(
                    name,
                    at,
                    end,
                    sequence,
                    sequence - Integer.toUnsignedLong(content.getInt(at + 16))));
            at = end;
          }
        });
    return found;
  }

  /** The files as they would be if this record and all behind it had never been written. */
  TreeMap<String, byte[]> cutBefore(Map<String, byte[]> files) {
    TreeMap<String, byte[]> cut = new TreeMap<>(files);
    byte[] bytes = cut.get(file).clone();
    Arrays.fill(bytes, offset, bytes.length, (byte) 0);
    cut.put(file, bytes);
    cut.keySet().removeIf(name -> name.startsWith("journal-") && name.compareTo(file) > 0);
    return cut;
  }
}
