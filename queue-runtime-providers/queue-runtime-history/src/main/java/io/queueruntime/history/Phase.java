package io.queueruntime.history;

/** Where in a call an event stands. */
public enum Phase {
  /** Written before the call. */
  INVOKE,
  /** It happened. */
  OK,
  /** It certainly did not happen. */
  FAIL,
  /** It may have happened or not. */
  INFO
}
