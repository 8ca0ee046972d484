package io.queueruntime.history;

import java.time.Duration;

/**
 * What a provider does not promise around a {@link Operation#DISTURBED disturbance}, and only
 * there. Immutable.
 *
 * @param reach how long after a disturbance it may still be felt, and how long before one a
 *     settlement may have been on its way
 * @param losesSettlements whether a settlement that was acknowledged right before may be undone
 * @param twoHolders whether a message, or a session, may come to a next holder while the former one
 *     still works on it
 * @param countsAnew whether the count of deliveries may begin again
 * @param countsFetches whether what was fetched and not handed out may count, which can make the
 *     count higher than the queue allows
 * @param leavesCopies whether a move between a queue and its dead letters whose outcome nobody
 *     knows may leave the message in both
 * @param shortensDelays whether a message that was given back with a delay may come at once
 */
public record Disturbances(
    Duration reach,
    boolean losesSettlements,
    boolean twoHolders,
    boolean countsAnew,
    boolean countsFetches,
    boolean leavesCopies,
    boolean shortensDelays) {

  /** A disturbance changes nothing. */
  public static final Disturbances NONE =
      new Disturbances(Duration.ZERO, false, false, false, false, false, false);
}
