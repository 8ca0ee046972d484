package io.queueruntime.rabbitmq;

import com.rabbitmq.client.Channel;
import io.queueruntime.provider.front.Delivery;
import io.queueruntime.provider.front.Letter;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** A delivery on a channel. Thread-safe. */
final class ChannelDelivery implements Delivery {

  private final Channel channel;
  private final long tag;
  private final Incoming message;
  private final ProviderParts parts;

  ChannelDelivery(Channel channel, long tag, Incoming message, ProviderParts parts) {
    this.channel = channel;
    this.tag = tag;
    this.message = message;
    this.parts = parts;
  }

  @Override
  public Incoming message() {
    return message;
  }

  @Override
  public Channel through() {
    return channel;
  }

  @Override
  public CompletableFuture<Boolean> acknowledge() {
    return CompletableFuture.completedFuture(remove());
  }

  /** False when the channel is gone, and the delivery with it. */
  boolean remove() {
    try {
      channel.basicAck(tag, false);
      return true;
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  /** What failed here counts at the broker too. */
  @Override
  public void giveBack(boolean failed) {
    try {
      if (failed) {
        channel.basicReject(tag, true);
      } else {
        channel.basicNack(tag, false, true);
      }
    } catch (IOException | RuntimeException e) {
      // the channel is gone, which gives everything back
    }
  }

  @Override
  public CompletableFuture<Boolean> deadLetter(Letter letter) {
    Definition queue = parts.definitions().of(message.queue());
    return parts.deadLettering().bury(queue, message, letter).thenApply(done -> remove());
  }
}
