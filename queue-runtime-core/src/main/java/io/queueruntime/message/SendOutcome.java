package io.queueruntime.message;

/** What became of a message that was sent. None of them is an error. */
public enum SendOutcome {
  /** It is in the queue, or scheduled. */
  ENQUEUED,
  /** Its message id was seen inside the duplicate-detection window: this copy was discarded. */
  DUPLICATE,
  /** It took the place of the pending message with the same deduplication key. */
  REPLACED
}
