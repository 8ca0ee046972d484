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
    message.cacheCharge += message.size;
    bytes += message.size;
    while (bytes > maxBytes && !oldestFirst.isEmpty()) {
      StoredMessage oldest = oldestFirst.remove();
      // A replaced message stands here more than once and has another size by now: all that was
      // counted for it goes.
      bytes -= oldest.cacheCharge;
      oldest.cacheCharge = 0;
      oldest.cached = null;
    }
  }
}
