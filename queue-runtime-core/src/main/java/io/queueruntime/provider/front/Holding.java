package io.queueruntime.provider.front;

import io.queueruntime.message.LockToken;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.provider.Alarms;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One delivery that this process holds unacknowledged: waiting for a receiver, or locked by one.
 *
 * <p>Confined to its front's mutex, but for what talks to the broker.
 */
public final class Holding {

  /** Whether it is known that its copy counts. */
  enum Check {
    /** It is, or nobody asks. */
    PASSED,
    /** It was asked for, and will be known soon. */
    ASKED,
    /** It could not be told yet: it will be asked for again. */
    IN_DOUBT
  }

  private final Feed feed;
  private final Delivery delivery;
  private final long place;
  private Lane lane;

  /** Deliveries so far; one that was given back uncounted is taken off again. */
  int deliveries;

  /** Ends of deliveries, since it came here, that count. */
  int failures;

  @Nullable Instant firstFailure;
  @Nullable LockToken token;

  /** Who had it last, of a session. */
  @Nullable SessionHold by;

  Instant lockedUntil = Instant.EPOCH;
  long lockedUntilNanos;

  /** It is not handed out before it has passed; it stays so, also when it is given back. */
  Check check = Check.PASSED;

  /** Before when it is not to be handed out; 0: at any time. */
  long notBeforeNanos;

  Alarms.@Nullable Alarm alarm;

  Holding(Feed feed, Delivery delivery, Lane lane, long place) {
    this.feed = feed;
    this.delivery = delivery;
    this.lane = lane;
    this.place = place;
  }

  Feed feed() {
    return feed;
  }

  /** What is held. */
  public Delivery delivery() {
    return delivery;
  }

  /** The message that is held. */
  public FoundMessage message() {
    return delivery.message();
  }

  /** How often it was handed out, as it was when it was asked for. */
  public int deliveries() {
    return deliveries;
  }

  /** Whether a receiver has it, as it was when it was asked for. */
  public boolean isLocked() {
    return token != null;
  }

  Lane lane() {
    return lane;
  }

  void moveTo(Lane other) {
    lane = other;
  }

  long place() {
    return place;
  }

  void cancelAlarm() {
    Alarms.Alarm set = alarm;
    if (set != null) {
      set.cancel();
      alarm = null;
    }
  }

  ReceivedMessage<byte[]> toMessage() {
    ReceivedMessage.Builder<byte[]> builder = message().toMessage().deliveryCount(deliveries);
    LockToken own = token;
    return (own == null ? builder : builder.lock(own, lockedUntil)).build();
  }
}
