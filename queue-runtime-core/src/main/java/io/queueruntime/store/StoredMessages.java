package io.queueruntime.store;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.SequenceNumber;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Messages that wait in the store until somebody asks for them, or until they are due.
 *
 * <p>Whoever takes a message holds it under a lease; when the lease runs out, because its holder
 * crashed or was slow, others can take it. A lease ends by being taken by another one, not by time
 * alone: until that happens its holder can still renew, release or remove.
 *
 * <p>Implementations are thread-safe.
 */
public interface StoredMessages {

  /** Most messages in one call. */
  int MAX_BATCH = 256;

  /** Longest lease. */
  Duration MAX_LEASE = Duration.ofDays(7);

  /** The largest answer of {@link #count}. */
  int MAX_COUNT = 10_000;

  /**
   * Keeps a message; false when it is there already, which is then left as it is, so that a
   * repetition does no harm. Fails with {@code ValidationFailed} when its number is that of a
   * message with another id, with {@code MessageTooLarge} beyond {@link
   * StoreLimits#maxMessageSize()}.
   */
  CompletableFuture<Boolean> put(StoredMessage message);

  /**
   * Removes a message that nobody holds; false when there is none, or somebody does. After a
   * failure a repetition may answer false although the first call removed it.
   */
  CompletableFuture<Boolean> cancel(QueueName queue, SequenceNumber number);

  /**
   * Takes those messages that are there and that nobody holds, in the order of their numbers. After
   * a failure they may be held until the lease runs out.
   *
   * @param numbers at most {@link #MAX_BATCH}
   * @param lease more than zero, at most {@link #MAX_LEASE}
   */
  CompletableFuture<List<LeasedMessage>> take(
      QueueName queue, Collection<SequenceNumber> numbers, Duration lease);

  /**
   * Takes messages that are due and that nobody holds, in the order in which they became so: when
   * they became due, or when the lease of the one who held them ran out; those of the same moment
   * in the order of their numbers. Instances that call this at once get different ones.
   *
   * @param max 1 to {@link #MAX_BATCH}
   * @param lease more than zero, at most {@link #MAX_LEASE}
   */
  CompletableFuture<List<LeasedMessage>> takeDue(QueueName queue, int max, Duration lease);

  /**
   * When {@link #takeDue} will next have something, as far as this is known now: the due time of a
   * message, or the end of a lease. Other instances may put in earlier ones meanwhile.
   */
  CompletableFuture<Optional<Instant>> nextDue(QueueName queue);

  /**
   * Messages from that number on, in the order of their numbers, whether or not somebody holds
   * them.
   *
   * @param max 1 to {@link #MAX_BATCH}
   */
  CompletableFuture<List<StoredMessage>> list(QueueName queue, SequenceNumber from, int max);

  /** How many there are, up to {@link #MAX_COUNT}. */
  CompletableFuture<Integer> count(QueueName queue);

  /** Holds a message for so long from now; empty when another one has taken it since. */
  CompletableFuture<Optional<LeasedMessage>> renew(LeasedMessage held, Duration lease);

  /**
   * Lets a message go at once, for others to take; false when another one has taken it since, or it
   * is gone.
   */
  CompletableFuture<Boolean> release(LeasedMessage held);

  /**
   * Removes a held message for good; false when another one has taken it since, or it is gone:
   * whoever settles it then may do so twice.
   */
  CompletableFuture<Boolean> remove(LeasedMessage held);
}
