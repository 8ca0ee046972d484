package io.queueruntime.engine;

/** What an acknowledgement promises. */
public enum Durability {
  /** Forced to the disk: survives power loss. */
  FSYNC,
  /** Handed to the operating system: survives the end of the process, not of the machine. */
  OS,
  /** Kept in memory only. */
  MEMORY
}
