package io.queueruntime.rabbitmq;

import com.rabbitmq.client.Channel;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.provider.Alarms;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One delivery that this process holds unacknowledged: waiting for a receiver, or locked by one.
 *
 * <p>Confined to its front's lock, but for what talks to the broker.
 */
final class Holding {

  private final Feed feed;
  private final Channel channel;
  private final long tag;
  private final Incoming message;
  private final long place;
  private Lane lane;

  /** Deliveries so far; one that was given back uncounted is taken off again. */
  int deliveries;

  /** Ends of deliveries, since it came here, that count. */
  int failures;

  @Nullable Instant firstFailure;
  @Nullable LockToken token;
  Instant lockedUntil = Instant.EPOCH;
  long lockedUntilNanos;

  /** Before when it is not to be handed out; 0: at any time. */
  long notBeforeNanos;

  Alarms.@Nullable Alarm alarm;

  Holding(Feed feed, Channel channel, long tag, Incoming message, Lane lane, long place) {
    this.feed = feed;
    this.channel = channel;
    this.tag = tag;
    this.message = message;
    this.lane = lane;
    this.place = place;
  }

  Feed feed() {
    return feed;
  }

  Channel channel() {
    return channel;
  }

  Incoming message() {
    return message;
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
    ReceivedMessage.Builder<byte[]> builder = message.toMessage().deliveryCount(deliveries);
    LockToken own = token;
    return (own == null ? builder : builder.lock(own, lockedUntil)).build();
  }

  /** False when the channel is gone, and the delivery with it. */
  boolean acknowledge() {
    try {
      channel.basicAck(tag, false);
      return true;
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  /** Gives it back to the broker; what failed here counts there too. */
  void giveBack() {
    try {
      if (failures > 0) {
        channel.basicReject(tag, true);
      } else {
        channel.basicNack(tag, false, true);
      }
    } catch (IOException | RuntimeException e) {
      // the channel is gone, which gives everything back
    }
  }
}
