package io.queueruntime.journal;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a recovery found: where the journal goes on from. Immutable.
 *
 * @param directoryId the directory's random id
 * @param tail the segment to append to; null when there is none yet
 * @param unforced segments whose records may not be durable yet, the tail among them or not
 * @param blank segments behind the tail that were prepared and never used
 * @param nextSequence of the next record
 * @param durable last sequence that is durable
 * @param snapshots those that can be recovered from, oldest first
 * @param unreadableSnapshots names of snapshots that are damaged
 * @param records replayed behind the snapshot
 * @param bytes of these records
 */
record Recovered(
    long directoryId,
    @Nullable Segment tail,
    List<Segment> unforced,
    List<Segment> blank,
    long nextSequence,
    long durable,
    List<KeptSnapshot> snapshots,
    List<String> unreadableSnapshots,
    long records,
    long bytes) {

  /** A journal that starts empty. */
  static Recovered nothing(long directoryId) {
    return new Recovered(directoryId, null, List.of(), List.of(), 1, 0, List.of(), List.of(), 0, 0);
  }

  /** A snapshot on disk. Immutable. */
  record KeptSnapshot(String name, long covered, long size) {}
}
