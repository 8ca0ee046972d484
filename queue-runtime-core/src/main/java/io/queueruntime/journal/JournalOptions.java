package io.queueruntime.journal;

/**
 * How a journal is laid out. Immutable.
 *
 * @param segmentSize size of a segment file, in bytes; 64 KiB to 1 GiB
 * @param forcePolicy what makes a flush durable
 * @param snapshotsKept how many snapshots stay on disk, at least 1
 */
public record JournalOptions(int segmentSize, ForcePolicy forcePolicy, int snapshotsKept) {

  public static final int MIN_SEGMENT_SIZE = 64 * 1024;

  public static final int MAX_SEGMENT_SIZE = 1024 * 1024 * 1024;

  public JournalOptions {
    if (segmentSize < MIN_SEGMENT_SIZE || segmentSize > MAX_SEGMENT_SIZE) {
      throw new IllegalArgumentException(
          "A segment has "
              + MIN_SEGMENT_SIZE
              + " to "
              + MAX_SEGMENT_SIZE
              + " bytes, found "
              + segmentSize
              + ".");
    }
    if (snapshotsKept < 1) {
      throw new IllegalArgumentException(
          "At least one snapshot is kept, found " + snapshotsKept + ".");
    }
  }
}
