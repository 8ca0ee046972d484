package io.queueruntime.journal;

/**
 * What the journal knows of one segment file: which records are in it, and how much of them is
 * still needed.
 *
 * <p>Confined to the journal's owner.
 */
final class Segment {

  private final int number;
  private final int size;
  private final boolean missing;
  private long firstSequence;
  private int end;
  private boolean sealed;
  private long liveBytes;
  private long releasedAfter;

  private Segment(int number, int size, boolean missing) {
    this.number = number;
    this.size = size;
    this.missing = missing;
    this.end = SegmentHeader.SIZE;
  }

  /** A file of that size without records. */
  static Segment blank(int number, int size) {
    return new Segment(number, size, false);
  }

  /**
   * A file that a snapshot may still speak of though it was deleted: what it speaks of is dead by
   * the end of replay.
   */
  static Segment missing(int number) {
    Segment segment = new Segment(number, 0, true);
    segment.sealed = true;
    return segment;
  }

  int number() {
    return number;
  }

  String fileName() {
    return FileNames.segment(number);
  }

  int size() {
    return size;
  }

  boolean isMissing() {
    return missing;
  }

  /** Sequence of the first record; 0 while there is none. */
  long firstSequence() {
    return firstSequence;
  }

  void beginsWith(long sequence) {
    firstSequence = sequence;
  }

  /**
   * Offset behind the last record. For a sealed segment that was never read through, the file's
   * size.
   */
  int end() {
    return end;
  }

  void endsAt(int offset) {
    end = offset;
  }

  boolean isSealed() {
    return sealed;
  }

  void seal() {
    sealed = true;
  }

  long usedBytes() {
    return (long) end - SegmentHeader.SIZE;
  }

  long liveBytes() {
    return liveBytes;
  }

  void retain(long bytes) {
    liveBytes += bytes;
  }

  /** Counts bytes out that the record of that sequence, or one before, made superfluous. */
  void release(long bytes, long lastAppended) {
    if (bytes > liveBytes) {
      throw new IllegalStateException(
          fileName()
              + " has "
              + liveBytes
              + " bytes that are needed, "
              + bytes
              + " cannot be released.");
    }
    liveBytes -= bytes;
    releasedAfter = lastAppended;
  }

  /** Says that what is not retained may have been released by any record up to that one. */
  void releasedUpTo(long lastAppended) {
    releasedAfter = lastAppended;
  }

  /** The sequence that has to be durable before anything released here may be forgotten. */
  long releasedAfter() {
    return releasedAfter;
  }

  long position(int offset) {
    return position(number, offset);
  }

  static long position(int number, int offset) {
    return (long) number << 32 | offset;
  }

  static int number(long position) {
    return (int) (position >>> 32);
  }

  static int offset(long position) {
    return (int) position;
  }
}
