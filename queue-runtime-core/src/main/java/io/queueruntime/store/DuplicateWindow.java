package io.queueruntime.store;

import io.queueruntime.message.QueueName;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/**
 * Which message ids were seen lately in a queue, and of each the one copy that counts.
 *
 * <p>A sender claims the id for the copy it is about to send, sends, and confirms; it releases the
 * claim when it knows that the copy did not arrive, and leaves it when it does not know. A claim
 * that is left runs out, after which another copy may be sent; so a message is never lost to a
 * sender that crashed.
 *
 * <p>A receiver claims the id for the copy it was given: that tells a late or second copy ({@link
 * Claim.Outcome#DUPLICATE}) from the one that counts and its redeliveries ({@link
 * Claim.Outcome#CONFIRMED}), and settles what a sender left open: whoever confirms first decides
 * which copy counts. Senders and receivers that both do this see each id delivered as one copy
 * within the window, also when senders crash; senders alone may let a second copy through where the
 * outcome of the first was unknown for longer than its lease.
 *
 * <p>Ids are compared as they are and kept as a hash. Implementations are thread-safe.
 */
public interface DuplicateWindow {

  /** Longest lease of a claim, and longest window. */
  Duration MAX_WINDOW = Duration.ofDays(7);

  /**
   * Asks for the id in the name of one copy. Free is an id that nobody claimed, whose claim was
   * released or ran out, or whose window is over; also the copy's own claim, whose lease then
   * starts anew. A repetition answers as the first call did.
   *
   * @param lease how long the claim holds others off unless it is confirmed; more than zero, at
   *     most {@link #MAX_WINDOW}
   */
  CompletableFuture<Claim> claim(QueueName queue, String messageId, CopyId copy, Duration lease);

  /**
   * Says that this copy is the one that counts, until that time; false when another one has claimed
   * or confirmed the id meanwhile. A claim that ran out and that nobody else took is confirmed all
   * the same. A repetition changes nothing.
   *
   * @param until end of the window, at most {@link #MAX_WINDOW} from now; in the past: the id is
   *     free again at once
   */
  CompletableFuture<Boolean> confirm(QueueName queue, String messageId, CopyId copy, Instant until);

  /**
   * Gives a claim up that is not confirmed; false when there is none of this copy. A repetition
   * changes nothing.
   */
  CompletableFuture<Boolean> release(QueueName queue, String messageId, CopyId copy);
}
