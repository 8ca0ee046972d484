package io.queueruntime.servicebus.emulator.entity;

import java.time.Duration;

/**
 * How many bytes a queue holds, as far as that is known without asking the engine: what it told
 * last, and what links have sent since. What leaves the queue, and what comes into it on other
 * ways, is learned by asking only; so it is asked when the queue may be full, and now and then.
 *
 * <p>Thread-safe.
 */
public final class Occupancy {

  private static final long KEPT_NANOS = Duration.ofSeconds(1).toNanos();

  private boolean known;
  private long toldAt;
  private long limit;
  private long told;

  /** All bytes that links have sent, and how many of them the engine knew of when it told. */
  private long sent;

  private long sentBefore;

  /** A link has sent so many bytes to the engine; returns how many that are in all. */
  public synchronized long sent(long bytes) {
    sent += bytes;
    return sent;
  }

  /**
   * Whether the engine is to be asked before more is sent.
   *
   * @param now nanoseconds of a clock that only goes forward
   */
  public synchronized boolean isToBeAsked(long now) {
    return !known || now - toldAt >= KEPT_NANOS || told + (sent - sentBefore) >= limit;
  }

  /**
   * The engine has told the queue's size.
   *
   * @param bytes it holds
   * @param before what {@link #sent} came to when it was asked
   * @param most bytes that it may hold
   * @return whether the queue takes more
   */
  public synchronized boolean told(long bytes, long before, long most, long now) {
    known = true;
    told = bytes;
    sentBefore = before;
    limit = most;
    toldAt = now;
    return bytes < most;
  }
}
