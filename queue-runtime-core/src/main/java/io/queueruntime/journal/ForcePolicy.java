package io.queueruntime.journal;

/** What a flush that asks for durability does. */
public enum ForcePolicy {
  /** Written and forced to the disk: survives power loss. */
  FORCE,
  /** Written, not forced: survives the process, not the machine. */
  WRITE,
  /**
   * Nothing survives: there is no recovery, and segments go as soon as nothing in them is needed.
   */
  NEVER
}
