package io.queueruntime.engine;

/**
 * A right that ends by itself unless it is renewed.
 *
 * <p>Confined to the engine thread.
 */
abstract class TimedLock extends Due {

  /**
   * Its end, in ticker milliseconds. {@link Due#dueAt} says when its end is dealt with, which may
   * be later: the disk may be full just then.
   */
  long endsAt = Long.MAX_VALUE;
}
