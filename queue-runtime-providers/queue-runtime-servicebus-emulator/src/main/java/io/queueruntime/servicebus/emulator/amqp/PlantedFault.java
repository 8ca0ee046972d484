package io.queueruntime.servicebus.emulator.amqp;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One fault: where, for which queue, how often, and what happens then.
 *
 * <p>Thread-safe.
 */
public final class PlantedFault {

  private final FaultPoints.Point point;
  private final @Nullable String queue;
  private final boolean limited;
  private final AtomicInteger left;
  private final AtomicInteger used = new AtomicInteger();
  private final @Nullable Duration delay;
  private final @Nullable String condition;
  private final String text;

  /**
   * @param point where it is planted
   * @param queue the queue it is for; null: all
   * @param times how often it takes effect; 0: until it is lifted
   * @param delay by how much an answer is late; null: for ever, where an answer is meant
   * @param condition the error the client is told, where an operation is refused
   * @param text the error's words
   */
  public PlantedFault(
      FaultPoints.Point point,
      @Nullable String queue,
      int times,
      @Nullable Duration delay,
      @Nullable String condition,
      String text) {
    this.point = point;
    this.queue = queue;
    this.limited = times > 0;
    this.left = new AtomicInteger(times);
    this.delay = delay;
    this.condition = condition;
    this.text = text;
  }

  FaultPoints.Point point() {
    return point;
  }

  @Nullable Duration delay() {
    return delay;
  }

  @Nullable String condition() {
    return condition;
  }

  String text() {
    return text;
  }

  /** How often it has taken effect. */
  public int used() {
    return used.get();
  }

  boolean concerns(String name) {
    return queue == null || queue.equalsIgnoreCase(name);
  }

  /** Takes one effect; false when none is left. */
  boolean use() {
    if (limited && left.getAndUpdate(n -> Math.max(0, n - 1)) <= 0) {
      return false;
    }
    used.incrementAndGet();
    return true;
  }

  boolean isUsedUp() {
    return limited && left.get() <= 0;
  }
}
