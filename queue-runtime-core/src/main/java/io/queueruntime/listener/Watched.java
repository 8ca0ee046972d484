package io.queueruntime.listener;

/**
 * Something that the {@link LockRenewer} has to see to at a certain time. Implementations are
 * thread-safe and never block.
 */
interface Watched {

  /** There is nothing to see to. */
  long NEVER = Long.MAX_VALUE;

  /** The next tick at which something has to be done, or {@link #NEVER}. */
  long due();

  /** Does what is due at {@code now}, which may be nothing. */
  void attend(long now);
}
