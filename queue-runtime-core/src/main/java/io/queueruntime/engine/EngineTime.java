package io.queueruntime.engine;

import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The two clocks of an engine. Immutable.
 *
 * @param wall what schedules and times to live go by, and what users are shown
 * @param ticker nanoseconds that only go forward: what locks and waits go by
 */
public record EngineTime(InstantSource wall, LongSupplier ticker) {

  /** The machine's own clocks. */
  public static final EngineTime SYSTEM = new EngineTime(InstantSource.system(), System::nanoTime);
}
