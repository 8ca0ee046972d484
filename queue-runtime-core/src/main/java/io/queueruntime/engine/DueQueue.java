package io.queueruntime.engine;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is to happen at a time, by time: a monotone radix heap (Ahuja, Mehlhorn, Orlin,
 * Tarjan 1990) with intrusive links.
 *
 * <p>Times never lie before {@link #last}, the latest time that was looked at, so an item's bucket
 * is the position of the highest bit in which its time differs from {@code last}. Adding and
 * removing are O(1); an item moves down at most as often as its time has bits, and most never move
 * because they are removed before they are due. Buckets keep the order in which items were added,
 * so those of one time come out in that order: messages scheduled for one moment keep theirs. A
 * bucket of a million items is spread out a little at a time.
 *
 * <p>Confined to the engine thread.
 */
final class DueQueue {

  private static final int BUCKETS = 64;

  /** Moving so many down is as much work as handing one out. */
  private static final int MOVES = 16;

  private final @Nullable Due[] heads = new @Nullable Due[BUCKETS];
  private final @Nullable Due[] tails = new @Nullable Due[BUCKETS];
  private long filled;
  private long last;

  /**
   * Number of the bucket that is being spread out over those below; 0 for none. What is added
   * meanwhile joins it, and nothing is handed out.
   */
  private int spreading;

  private int size;

  DueQueue(long now) {
    this.last = now;
  }

  int size() {
    return size;
  }

  /** Adds an item, or moves it when it is there already. A time that has passed is due at once. */
  void put(Due item, long dueAt) {
    if (item.bucket >= 0) {
      unlink(item);
    } else {
      size++;
    }
    item.dueAt = dueAt;
    link(item, spreading != 0 ? spreading : bucketOf(dueAt));
  }

  void remove(Due item) {
    if (item.bucket >= 0) {
      unlink(item);
      size--;
    }
  }

  /**
   * Takes out at most {@code limit} items whose time is not after {@code now} and hands them over.
   * They come in order of time except for those that were late when they were added.
   *
   * @return how many, and for every {@value #MOVES} that only moved one more: less than the limit
   *     when nothing is due any more
   */
  int takeDue(long now, int limit, Consumer<Due> sink) {
    if (now < last) {
      turnBack(now);
    }
    int done = 0;
    while (done < limit) {
      if (spreading != 0) {
        done += spread((long) (limit - done) * MOVES);
        continue;
      }
      if (filled == 0) {
        break;
      }
      int bucket = Long.numberOfTrailingZeros(filled);
      if (bucket == 0) {
        Due item = first(0);
        unlink(item);
        size--;
        done++;
        sink.accept(item);
        continue;
      }
      long from = lowerBound(bucket);
      if (from > now) {
        break;
      }
      // Nothing is due before the bucket's lower bound, so time can be moved up to it and the
      // bucket spread out below.
      last = from;
      spreading = bucket;
    }
    if (done < limit && now > last && bucketOf(now) != 0) {
      advanceIdle(now);
    }
    return done;
  }

  /** Moves so many at most to where they belong; returns how much work that was. */
  private int spread(long moves) {
    int moved = 0;
    for (Due item = heads[spreading]; item != null && moved < moves; item = heads[spreading]) {
      unlink(item);
      link(item, bucketOf(item.dueAt));
      moved++;
    }
    if (heads[spreading] == null) {
      spreading = 0;
    }
    return moved / MOVES;
  }

  /** A time before which nothing is due; {@link Long#MAX_VALUE} when there is nothing. */
  long nextDueAtOrAfter() {
    if (filled == 0) {
      return Long.MAX_VALUE;
    }
    int bucket = Long.numberOfTrailingZeros(filled);
    if (bucket == 0 || spreading != 0) {
      return last;
    }
    // The exact minimum costs a walk over the bucket; the bound is enough to wake up by, at most a
    // few times too often.
    return lowerBound(bucket);
  }

  /**
   * Moves {@code last} forward within the gap below the first filled bucket, so that new items land
   * in low buckets.
   */
  private void advanceIdle(long now) {
    if (filled == 0) {
      last = now;
    }
  }

  private void turnBack(long now) {
    @Nullable Due[] before = heads.clone();
    Arrays.fill(heads, null);
    Arrays.fill(tails, null);
    filled = 0;
    spreading = 0;
    last = now;
    for (Due head : before) {
      for (Due item = head; item != null; ) {
        Due next = item.nextDue;
        item.bucket = -1;
        link(item, bucketOf(item.dueAt));
        item = next;
      }
    }
  }

  private long lowerBound(int bucket) {
    long bit = 1L << (bucket - 1);
    return (last & -(bit << 1)) | bit;
  }

  private int bucketOf(long dueAt) {
    return dueAt <= last ? 0 : Math.min(BUCKETS - 1, 64 - Long.numberOfLeadingZeros(dueAt ^ last));
  }

  private Due first(int bucket) {
    Due item = heads[bucket];
    if (item == null) {
      throw new IllegalStateException("Bucket " + bucket + " is marked as filled but is empty.");
    }
    return item;
  }

  private void link(Due item, int bucket) {
    Due tail = tails[bucket];
    item.bucket = (byte) bucket;
    item.previousDue = tail;
    item.nextDue = null;
    if (tail == null) {
      heads[bucket] = item;
    } else {
      tail.nextDue = item;
    }
    tails[bucket] = item;
    filled |= 1L << bucket;
  }

  private void unlink(Due item) {
    Due previous = item.previousDue;
    Due next = item.nextDue;
    if (previous == null) {
      heads[item.bucket] = next;
      if (next == null) {
        filled &= ~(1L << item.bucket);
      }
    } else {
      previous.nextDue = next;
    }
    if (next == null) {
      tails[item.bucket] = previous;
    } else {
      next.previousDue = previous;
    }
    item.previousDue = null;
    item.nextDue = null;
    item.bucket = -1;
  }
}
