package io.queueruntime.servicebus.emulator.entity;

import io.queueruntime.engine.EngineTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * The clock that queues live by: the machine's, moved forward by what a test asked for. Locks,
 * times to live, schedules and duplicate windows go by it; what belongs to the protocol
 * (heartbeats, a client's timeouts) goes by the machine's own clock.
 *
 * <p>Clients compare what they are told with their own clock, so absolute times are translated
 * where they cross the wire: by {@link #toWire} over HTTP, and in messages by {@link #moved}, which
 * is taken off on the way out and added on the way in. A message that was there before a move looks
 * older afterwards by the move, and a lock ends when the client thinks it does.
 *
 * <p>The move is not stored: after a restart queues live by the machine's clock again.
 *
 * <p>Thread-safe.
 */
public final class VirtualTime {

  /** The earliest time that .NET, and so Service Bus, can write. */
  private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");

  /** The latest one, in whole milliseconds. */
  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999Z");

  private static final Duration MOST = Duration.ofDays(365 * 200L);

  private final InstantSource wall;
  private final LongSupplier ticker;
  private final AtomicLong movedNanos = new AtomicLong();

  /** Starts with the machine's clocks, not moved. */
  public VirtualTime() {
    this(InstantSource.system(), System::nanoTime);
  }

  VirtualTime(InstantSource wall, LongSupplier ticker) {
    this.wall = wall;
    this.ticker = ticker;
  }

  /** The two clocks that an engine is opened with. */
  public EngineTime engineTime() {
    return new EngineTime(this::now, () -> ticker.getAsLong() + movedNanos.get());
  }

  /** What queues take for now. */
  public Instant now() {
    return wall.instant().plusNanos(movedNanos.get());
  }

  /** How far time was moved so far. */
  public Duration moved() {
    return Duration.ofNanos(movedNanos.get());
  }

  /**
   * Moves time forward. What becomes due happens on the engine's thread: {@link
   * Namespace#advance(Duration)} also waits for it.
   *
   * @throws IllegalArgumentException when the step is negative, or time was moved by more than 200
   *     years
   */
  void advance(Duration step) {
    if (step.isNegative() || step.compareTo(MOST.minus(moved())) > 0) {
      throw new IllegalArgumentException(
          "Time moves forward, by at most %d days in all; asked for was a move by %s after %s."
              .formatted(MOST.toDays(), step, moved()));
    }
    movedNanos.addAndGet(step.toNanos());
  }

  /** The time that a client is told for a time of the queue's clock. */
  public Instant toWire(Instant virtual) {
    Instant time = clamped(virtual);
    return time.equals(LAST) ? LAST : clamped(time.minusNanos(movedNanos.get()));
  }

  private static Instant clamped(Instant time) {
    return time.isBefore(FIRST) ? FIRST : time.isAfter(LAST) ? LAST : time;
  }
}
