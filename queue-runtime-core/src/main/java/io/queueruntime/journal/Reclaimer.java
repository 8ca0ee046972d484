package io.queueruntime.journal;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which segments nothing needs any more, and which one is worth emptying.
 *
 * <p>A segment may go when all of this holds:
 *
 * <ol>
 *   <li>It is sealed.
 *   <li>Every record in it is older than what the oldest kept snapshot replays, so no replay reads
 *       it.
 *   <li>No byte of it is retained, and the records that released them are durable: were they lost,
 *       what they released would be needed again.
 *   <li>The first record of the next segment is durable, so that the end of the journal is never a
 *       file that was deleted.
 * </ol>
 *
 * <p>Without recovery only the first and that no byte is retained count.
 *
 * <p>Immutable.
 *
 * @param covered first sequence that the oldest kept snapshot replays
 * @param durable last sequence that is durable
 * @param recovers whether anything is ever read again after a restart
 */
record Reclaimer(long covered, long durable, boolean recovers) {

  List<Segment> deletable(Segments segments) {
    List<Segment> found = List.of();
    Segment before = null;
    for (Segment segment : segments.all()) {
      if (before != null && isDeletable(before, segment)) {
        found = found.isEmpty() ? new ArrayList<>() : found;
        found.add(before);
      }
      before = segment;
    }
    return found;
  }

  /**
   * The sealed, covered segment with the smallest needed part, when that is less than half of what
   * it holds.
   */
  @Nullable Segment emptiest(Segments segments) {
    Segment emptiest = null;
    Segment before = null;
    for (Segment segment : segments.all()) {
      if (before != null
          && isCovered(before, segment)
          && before.liveBytes() > 0
          && before.liveBytes() < before.usedBytes() / 2
          && (emptiest == null || before.liveBytes() < emptiest.liveBytes())) {
        emptiest = before;
      }
      before = segment;
    }
    return emptiest;
  }

  private boolean isDeletable(Segment segment, Segment next) {
    return segment.liveBytes() == 0
        && isCovered(segment, next)
        && (!recovers || segment.releasedAfter() <= durable && next.firstSequence() <= durable);
  }

  private boolean isCovered(Segment segment, Segment next) {
    return segment.isSealed()
        && (!recovers || next.firstSequence() > 0 && next.firstSequence() <= covered);
  }
}
