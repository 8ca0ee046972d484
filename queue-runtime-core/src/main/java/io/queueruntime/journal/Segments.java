package io.queueruntime.journal;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All segments of a journal by number, the prepared ones left out. Confined to the journal's owner.
 */
final class Segments {

  private final TreeMap<Integer, Segment> byNumber = new TreeMap<>();
  private @Nullable Segment lastFound;

  void add(Segment segment) {
    byNumber.put(segment.number(), segment);
  }

  void remove(Segment segment) {
    byNumber.remove(segment.number());
    lastFound = null;
  }

  @Nullable Segment find(int number) {
    Segment cached = lastFound;
    if (cached != null && cached.number() == number) {
      return cached;
    }
    Segment found = byNumber.get(number);
    lastFound = found;
    return found;
  }

  /** In the order of their numbers. */
  Collection<Segment> all() {
    return byNumber.values();
  }

  /** Those with a higher number, in order. */
  Collection<Segment> after(Segment segment) {
    return byNumber.tailMap(segment.number(), false).values();
  }

  @Nullable Segment next(Segment segment) {
    Map.Entry<Integer, Segment> next = byNumber.higherEntry(segment.number());
    return next == null ? null : next.getValue();
  }

  long sizeOnDisk() {
    long size = 0;
    for (Segment segment : byNumber.values()) {
      size += segment.size();
    }
    return size;
  }
}
