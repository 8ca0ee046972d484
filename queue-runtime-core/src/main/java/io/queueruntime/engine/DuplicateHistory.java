package io.queueruntime.engine;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * The message ids seen inside the duplicate-detection window, as 128-bit hashes in order of their
 * end: about 40 bytes for each.
 *
 * <p>A ring of hashes, and an open-addressed table of places in the ring. The hash is cut from
 * SHA-256, so that nobody can make a message that looks like somebody else's.
 *
 * <p>Confined to the engine thread, except {@link #hash}.
 */
final class DuplicateHistory {

  /** 128 bits of a message id. Immutable. */
  record Hash(long high, long low) {}

  private static final ThreadLocal<MessageDigest> SHA_256 =
      ThreadLocal.withInitial(
          () -> {
            try {
              return MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
              throw new IllegalStateException("Every Java platform has SHA-256.", e);
            }
          });

  private long[] high = new long[16];
  private long[] low = new long[16];
  private long[] until = new long[16];

  /**
   * Number of the oldest entry and of the one after the newest; the place in the ring is the low
   * bits.
   */
  private long first;

  private long end;

  /** Entry number + 1 by hash, 0 for none; twice as long as the ring. */
  private long[] table = new long[32];

  static Hash hash(String messageId) {
    ByteBuffer digest =
        ByteBuffer.wrap(SHA_256.get().digest(messageId.getBytes(StandardCharsets.UTF_8)));
    return new Hash(digest.getLong(), digest.getLong());
  }

  int size() {
    return (int) (end - first);
  }

  /** Forgets what ended, then says whether the id is known. */
  boolean contains(Hash hash, long now) {
    forget(now);
    long entry = table[find(hash.high, hash.low)];
    // One that ended stays for a while behind an older one that was remembered anew when the
    // journal was read.
    return entry != 0 && until[slot(entry - 1)] > now;
  }

  /**
   * Remembers an id; ends must not go down much, since the oldest entry is the first that is
   * forgotten.
   */
  void remember(Hash hash, long endsAt) {
    int at = find(hash.high, hash.low);
    if (table[at] != 0) {
      until[slot(table[at] - 1)] = endsAt;
      return;
    }
    if (size() == high.length) {
      grow();
      at = find(hash.high, hash.low);
    }
    int slot = slot(end);
    high[slot] = hash.high;
    low[slot] = hash.low;
    until[slot] = endsAt;
    table[at] = ++end;
  }

  void forget(long now) {
    while (first < end && until[slot(first)] <= now) {
      removeFromTable(find(high[slot(first)], low[slot(first)]));
      first++;
    }
  }

  void clear() {
    first = end = 0;
    Arrays.fill(table, 0);
  }

  /** Number of the oldest entry, for walking through all while more are added. */
  long firstEntry() {
    return first;
  }

  long endEntry() {
    return end;
  }

  /** Writes the entry of that number, which must still be remembered. */
  void write(long entry, Bytes out) {
    int slot = slot(entry);
    out.i64(high[slot]).i64(low[slot]).i64(until[slot]);
  }

  private int slot(long entry) {
    return (int) entry & high.length - 1;
  }

  private int home(long highBits) {
    return (int) highBits & table.length - 1;
  }

  /** The place in the table where the hash stands, or where it would. */
  private int find(long highBits, long lowBits) {
    int at = home(highBits);
    while (table[at] != 0) {
      int slot = slot(table[at] - 1);
      if (high[slot] == highBits && low[slot] == lowBits) {
        return at;
      }
      at = at + 1 & table.length - 1;
    }
    return at;
  }

  /**
   * Closes the gap so that no probe ends early (Knuth, The Art of Computer Programming 6.4,
   * algorithm R).
   */
  private void removeFromTable(int gap) {
    int at = gap;
    table[gap] = 0;
    while (true) {
      at = at + 1 & table.length - 1;
      if (table[at] == 0) {
        return;
      }
      int home = home(high[slot(table[at] - 1)]);
      boolean staysBehindGap = gap <= at ? gap < home && home <= at : gap < home || home <= at;
      if (!staysBehindGap) {
        table[gap] = table[at];
        table[at] = 0;
        gap = at;
      }
    }
  }

  private void grow() {
    int length = high.length;
    long[] newHigh = new long[length * 2];
    long[] newLow = new long[length * 2];
    long[] newUntil = new long[length * 2];
    for (long entry = first; entry < end; entry++) {
      int from = slot(entry);
      int to = (int) entry & length * 2 - 1;
      newHigh[to] = high[from];
      newLow[to] = low[from];
      newUntil[to] = until[from];
    }
    high = newHigh;
    low = newLow;
    until = newUntil;
    table = new long[length * 4];
    for (long entry = first; entry < end; entry++) {
      table[find(high[slot(entry)], low[slot(entry)])] = entry + 1;
    }
  }
}
