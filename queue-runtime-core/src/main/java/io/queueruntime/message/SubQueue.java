package io.queueruntime.message;

/** Which part of a queue a receiver reads. */
public enum SubQueue {
  /** The queue itself. */
  MAIN,
  /** Its dead letters, in order and without sessions. */
  DEAD_LETTER
}
