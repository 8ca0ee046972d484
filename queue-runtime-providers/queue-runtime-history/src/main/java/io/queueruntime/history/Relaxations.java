package io.queueruntime.history;

import java.time.Duration;

/**
 * What a provider does not promise, or promises less exactly: a claim in its documentation is a
 * claim that is checked. Immutable.
 *
 * @param clockSlack how far the clocks behind locks, schedules and windows may differ from the
 *     history's clock
 * @param lateness how late what is due may come to a receiver that waits
 * @param crashForgetsDeliveries whether a crash may lose the count of deliveries that nothing
 *     acknowledged forced to the disk
 * @param sequenceNumbers whether sequence numbers exist and ascend in the order of enqueueing
 * @param disturbances what is promised less around a disturbance
 */
public record Relaxations(
    Duration clockSlack,
    Duration lateness,
    boolean crashForgetsDeliveries,
    boolean sequenceNumbers,
    Disturbances disturbances) {

  /** Everything is promised; clocks are read within a millisecond of each other. */
  public static final Relaxations NONE =
      new Relaxations(Duration.ofMillis(1), Duration.ofSeconds(1), false, true, Disturbances.NONE);

  public Relaxations withClockSlack(Duration value) {
    return new Relaxations(value, lateness, crashForgetsDeliveries, sequenceNumbers, disturbances);
  }

  public Relaxations withLateness(Duration value) {
    return new Relaxations(
        clockSlack, value, crashForgetsDeliveries, sequenceNumbers, disturbances);
  }

  public Relaxations withCrashForgetsDeliveries(boolean value) {
    return new Relaxations(clockSlack, lateness, value, sequenceNumbers, disturbances);
  }

  public Relaxations withSequenceNumbers(boolean value) {
    return new Relaxations(clockSlack, lateness, crashForgetsDeliveries, value, disturbances);
  }

  public Relaxations withDisturbances(Disturbances value) {
    return new Relaxations(clockSlack, lateness, crashForgetsDeliveries, sequenceNumbers, value);
  }
}
