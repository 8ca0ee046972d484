package io.queueruntime.engine;

import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait for one thing, the longest-waiting first.
 *
 * <p>A wait that is over leaves at once when it is the first; others leave when they are met, or
 * together once they are the greater part, so that ending one costs O(1) on average however many
 * there are.
 *
 * <p>Confined to the engine thread.
 */
final class Waits<W extends Waiting<?>> {

  private static final int MIN_OVER = 16;

  private final ArrayDeque<W> waits = new ArrayDeque<>(2);

  /** Of {@link #waits}, those that are over. */
  private int over;

  void add(W wait) {
    firstOpen();
    waits.add(wait);
    wait.joined(this);
  }

  /** Who waits longest; stays until its wait is over. */
  @Nullable W firstOpen() {
    for (W wait = waits.peek(); wait != null; wait = waits.peek()) {
      if (wait.isOpen()) {
        return wait;
      }
      waits.remove();
      over = wait.isOver() ? over - 1 : over;
      wait.left();
    }
    return null;
  }

  /** One of these is over. */
  void ended() {
    over++;
    firstOpen();
    if (over > MIN_OVER && over * 2 > waits.size()) {
      waits.removeIf(Waiting::isOver);
      over = 0;
    }
  }

  /** Nobody is here, not even somebody whose wait is over. */
  boolean isEmpty() {
    return waits.isEmpty();
  }

  /** How many are here, some of whom may have given up. */
  int size() {
    return waits.size();
  }

  /** All who wait, as they are now. */
  List<W> open() {
    return waits.stream().filter(Waiting::isOpen).toList();
  }
}
