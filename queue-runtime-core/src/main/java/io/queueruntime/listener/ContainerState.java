package io.queueruntime.listener;

/** What a listener container is doing. */
public enum ContainerState {
  /** Never started, or stopped. */
  STOPPED,
  /** Takes messages. */
  RUNNING,
  /** Takes no new messages; what was running may still be. */
  PAUSED,
  /** Takes no new messages and waits for what is running. */
  STOPPING,
  /**
   * At least one of its loops ended for good; {@link QueueListenerContainer#failure()} says why.
   */
  FAILED
}
