package io.queueruntime.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Held messages by the number of their lock: a hash table with open addressing, which makes no
 * object for an entry. Numbers that follow each other are spread by the golden ratio; at most half
 * of the slots are filled, so that a lock is found after a step or two.
 *
 * <p>Confined to the engine thread.
 */
final class LockTable {

  private static final int MIN_BITS = 4;

  /** Once it has as many slots as this, it keeps them: receivers come in waves. */
  private static final int KEPT_BITS = 10;

  private static final long GOLDEN_RATIO = 0x9E37_79B9_7F4A_7C15L;

  private int bits = MIN_BITS;
  private @Nullable MessageLock[] slots = new @Nullable MessageLock[1 << MIN_BITS];
  private int size;

  int size() {
    return size;
  }

  @Nullable MessageLock get(long number) {
    return slots[slotOf(number)];
  }

  /** Adds a lock whose number is not here yet. */
  void add(MessageLock lock) {
    if (size * 2 >= slots.length) {
      resize(bits + 1);
    }
    slots[slotOf(lock.number)] = lock;
    size++;
  }

  void remove(MessageLock lock) {
    int gap = slotOf(lock.number);
    if (slots[gap] == null) {
      return;
    }
    // Those behind it, up to the next free slot, move up unless they stand before their own place.
    for (int i = next(gap); ; i = next(i)) {
      MessageLock behind = slots[i];
      if (behind == null) {
        break;
      }
      int own = firstSlot(behind.number);
      boolean reachable = gap <= i ? gap < own && own <= i : gap < own || own <= i;
      if (!reachable) {
        slots[gap] = behind;
        gap = i;
      }
    }
    slots[gap] = null;
    size--;
    if (bits > KEPT_BITS && size * 8 < slots.length) {
      resize(bits - 1);
    }
  }

  /** All, as they are now, in no order. */
  List<MessageLock> all() {
    List<MessageLock> all = new ArrayList<>(size);
    for (MessageLock lock : slots) {
      if (lock != null) {
        all.add(lock);
      }
    }
    return all;
  }

  private void resize(int newBits) {
    List<MessageLock> all = all();
    bits = newBits;
    slots = new @Nullable MessageLock[1 << newBits];
    for (MessageLock lock : all) {
      slots[slotOf(lock.number)] = lock;
    }
  }

  /** Where that number stands, or would. */
  private int slotOf(long number) {
    int slot = firstSlot(number);
    for (MessageLock there = slots[slot];
        there != null && there.number != number;
        there = slots[slot]) {
      slot = next(slot);
    }
    return slot;
  }

  private int firstSlot(long number) {
    return (int) (number * GOLDEN_RATIO >>> 64 - bits);
  }

  private int next(int slot) {
    return slot + 1 & slots.length - 1;
  }
}
