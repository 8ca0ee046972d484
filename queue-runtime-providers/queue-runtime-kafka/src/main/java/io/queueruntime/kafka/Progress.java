package io.queueruntime.kafka;

import java.util.Base64;
import java.util.BitSet;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * How far the messages of one partition are finished. A group's commit is one offset, behind which
 * everything is finished; messages are finished in any order. So the offset that is committed is
 * that of the first unfinished one, and those behind it that are finished stand in the text that a
 * commit can bear: whoever takes the partition over leaves them out.
 *
 * <p>As the text is limited, so is how far beyond the first unfinished message it is read: {@link
 * #isWide}. Confined to its feed's lock.
 */
final class Progress {

  private static final String PREFIX = "qr1:";

  /** 16,000 bits are 2,667 characters; brokers take 4,096 as they come. */
  private static final int WINDOW = 16_000;

  /** What a text tells at most: offsets that hold no message may make a window wider. */
  private static final int TOLD_MAX = 24_000;

  private final TreeSet<Long> unfinished = new TreeSet<>();
  private final TreeSet<Long> finished = new TreeSet<>();
  private long next;

  /**
   * Goes on where somebody has committed.
   *
   * @param committed the offset
   * @param text the text with it; empty too for a foreign one
   */
  Progress(long committed, String text) {
    this.next = committed;
    if (text.startsWith(PREFIX)) {
      BitSet bits = BitSet.valueOf(Base64.getDecoder().decode(text.substring(PREFIX.length())));
      bits.stream().forEach(bit -> finished.add(committed + bit));
    }
  }

  /** A message was read; false when it is finished already, and to be left out. */
  boolean read(long offset) {
    next = Math.max(next, offset + 1);
    return !finished.contains(offset) && unfinished.add(offset);
  }

  /** All before that offset was read, as much of it as there is. */
  void readUpTo(long offset) {
    next = Math.max(next, offset);
  }

  void finish(long offset) {
    if (unfinished.remove(offset)) {
      finished.add(offset);
    }
  }

  boolean isFinished(long offset) {
    return offset < committable() || finished.contains(offset);
  }

  /** The first offset that is not finished. */
  long committable() {
    long first = unfinished.isEmpty() ? next : unfinished.first();
    finished.headSet(first).clear();
    return first;
  }

  /** What to commit beside it. What it cannot tell comes again after a hand-over. */
  String text() {
    long from = committable();
    SortedSet<Long> told = finished.headSet(from + TOLD_MAX);
    if (told.isEmpty()) {
      return "";
    }
    BitSet bits = new BitSet();
    told.forEach(offset -> bits.set((int) (offset - from)));
    return PREFIX + Base64.getEncoder().withoutPadding().encodeToString(bits.toByteArray());
  }

  long next() {
    return next;
  }

  int unfinished() {
    return unfinished.size();
  }

  /** How many are finished beyond the first that is not. */
  int finishedBeyond() {
    return finished.tailSet(committable()).size();
  }

  /** Whether no more is to be read until the first unfinished message is finished. */
  boolean isWide() {
    return !unfinished.isEmpty() && next - unfinished.first() >= WINDOW;
  }
}
