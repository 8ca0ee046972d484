package io.queueruntime.engine;

import java.util.ArrayDeque;

/**
 * Keeps the records of the messages that came last in memory, up to a number of bytes: most
 * messages are received soon after they were sent, and need not be read back.
 *
 * <p>Confined to the engine thread.
 */
final class ContentCache {

  private final long maxBytes;
  private final ArrayDeque<StoredMessage> oldestFirst = new ArrayDeque<>();

  /** What was counted for each of them: a replaced message stands here more than once. */
  private final IntRing charges = new IntRing();

  private long bytes;

  ContentCache(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Counts a message that has its record attached. Whether it is still there, and still has it, is
   * looked at later.
   */
  void added(StoredMessage message) {
    oldestFirst.add(message);
    charges.add(message.size);
    bytes += message.size;
    while (bytes > maxBytes && !oldestFirst.isEmpty()) {
      // What has replaced its record meanwhile goes too, and stays counted until its own turn.
      oldestFirst.remove().cached = null;
      bytes -= charges.remove();
    }
  }

  /** Numbers in the order in which they came. */
  private static final class IntRing {
    private int[] values = new int[16];
    private int first;
    private int size;

    void add(int value) {
      if (size == values.length) {
        int[] grown = new int[size * 2];
        for (int i = 0; i < size; i++) {
          grown[i] = values[first + i & size - 1];
        }
        values = grown;
        first = 0;
      }
      values[first + size++ & values.length - 1] = value;
    }

    int remove() {
      int value = values[first];
      first = first + 1 & values.length - 1;
      size--;
      return value;
    }
  }
}
