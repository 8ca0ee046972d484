package io.queueruntime.rabbitmq;

import java.time.Duration;

/**
 * What tests choose in another way than everybody else. Immutable.
 *
 * @param rungs how many queues the ladder of delays has
 * @param restAfter how long after the last demand fetched messages go back to the broker
 */
record Pace(int rungs, Duration restAfter) {

  static final Pace USUAL = new Pace(DelayLadder.RUNGS, Duration.ofSeconds(2));
}
