package io.queueruntime.listener;

/** Who settles a message. */
public enum AckMode {
  /** The container, by the outcome of the handler. */
  AUTO,
  /**
   * The handler, through its {@link Acknowledgment}, during the call or after it; an exception is a
   * failure all the same.
   */
  MANUAL
}
