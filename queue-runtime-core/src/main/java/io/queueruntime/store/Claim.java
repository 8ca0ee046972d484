package io.queueruntime.store;

import java.time.Instant;

/**
 * The answer to who asked for a message id. Immutable.
 *
 * @param outcome whose the id is
 * @param until how long that stays so: the end of the claim's lease, or of the window
 */
public record Claim(Outcome outcome, Instant until) {

  /** Whose a message id is. */
  public enum Outcome {
    /** The asking copy's, which is not confirmed yet: send or deliver it, then confirm. */
    CLAIMED,
    /** The asking copy's, confirmed before: it was sent, or this is its redelivery. */
    CONFIRMED,
    /** Another copy's, and confirmed: the asking one is a duplicate. */
    DUPLICATE,
    /**
     * Another copy's, whose sender has neither confirmed nor released it: whether that copy is on
     * its way is not known before {@link #until()}. Ask again then.
     */
    IN_DOUBT
  }
}
