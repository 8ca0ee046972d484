package io.queueruntime.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import io.queueruntime.QueueRuntimeException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Deliveries of one of the broker's queues, on a channel of its own, with credit only for what
 * somebody wants.
 *
 * <p>Credit is what a consumer may have unacknowledged, which cannot be changed; so more of it is
 * one more consumer on the channel, and less of it the end of all of them. A partition of a session
 * queue has one consumer with a fixed credit, and rests by closing its channel, after which all its
 * deliveries are back in their places.
 *
 * <p>Thread-safe; what talks to the broker blocks.
 */
final class Feed {

  private final String queue;
  private final boolean partition;
  private final int priority;
  private final Connections connections;
  private final Sink sink;
  private final List<String> consumers = new ArrayList<>();
  private @Nullable Channel channel;
  private int credit;
  private long expected;
  private long arrived;

  /** Who takes the deliveries. */
  interface Sink {
    void arrived(Feed feed, Channel on, long tag, AMQP.BasicProperties properties, byte[] body);

    /**
     * All deliveries of that channel are void.
     *
     * @param meant whether the feed was told to close it
     */
    void lost(Feed feed, Channel channel, boolean meant);
  }

  Feed(String queue, boolean partition, int priority, Connections connections, Sink sink) {
    this.queue = queue;
    this.partition = partition;
    this.priority = priority;
    this.connections = connections;
    this.sink = sink;
  }

  String queue() {
    return queue;
  }

  /** Whether deliveries may be on their way that were there when it began. */
  synchronized boolean isWarming() {
    return channel != null && !consumers.isEmpty() && arrived < Math.min(expected, credit);
  }

  /** Waits for nothing that was expected any more. */
  synchronized void warm() {
    expected = 0;
  }

  synchronized boolean isRunning() {
    return !consumers.isEmpty();
  }

  /**
   * Sees to that much credit.
   *
   * @throws QueueRuntimeException when the queue cannot be consumed
   */
  synchronized void want(int wanted) {
    Channel open = channel;
    if (open != null && !open.isOpen()) {
      open = null;
      consumers.clear();
      credit = 0;
    }
    if (wanted <= credit && !consumers.isEmpty()) {
      return;
    }
    try {
      if (open == null) {
        open = connections.channel();
        Channel opened = open;
        open.addShutdownListener(signal -> ended(opened));
        channel = open;
        credit = 0;
      }
      if (consumers.isEmpty()) {
        expected = open.queueDeclarePassive(queue).getMessageCount();
        arrived = 0;
      }
      int more = partition ? wanted : Math.max(wanted - credit, credit);
      open.basicQos(more);
      credit += more;
      String tag = "queue-runtime-" + UUID.randomUUID();
      consumers.add(tag);
      Map<String, Object> arguments = partition ? Map.of("x-priority", priority) : Map.of();
      open.basicConsume(queue, false, tag, false, false, arguments, new Consumer(open));
    } catch (IOException | RuntimeException e) {
      Channel failed = channel;
      channel = null;
      consumers.clear();
      credit = 0;
      if (failed != null) {
        Connections.closeQuietly(failed);
      }
      throw Failures.of(queue, "receive from queue '%s'".formatted(queue), e);
    }
  }

  private void ended(Channel of) {
    boolean meant;
    synchronized (this) {
      meant = channel != of;
      if (!meant) {
        channel = null;
        consumers.clear();
        credit = 0;
      }
    }
    sink.lost(this, of, meant);
  }

  /** Lets nothing more come; what came can still be settled. */
  synchronized void rest() {
    Channel open = channel;
    if (open == null) {
      return;
    }
    try {
      for (String tag : consumers) {
        open.basicCancel(tag);
      }
    } catch (IOException | RuntimeException e) {
      // the channel ended: its listener tells
    }
    consumers.clear();
    credit = 0;
  }

  /** Returns once the broker has seen all that was said on the channel. */
  void sync() {
    Channel open;
    synchronized (this) {
      open = channel;
    }
    if (open != null) {
      try {
        open.exchangeDeclarePassive("amq.direct");
      } catch (IOException | RuntimeException e) {
        // the channel ended, and with it all that was said
      }
    }
  }

  /** Closes the channel: what is not settled goes back to the queue. */
  void close() {
    Channel open;
    synchronized (this) {
      open = channel;
      channel = null;
      consumers.clear();
      credit = 0;
    }
    if (open != null) {
      Connections.closeQuietly(open);
    }
  }

  /** One consumer. */
  private final class Consumer extends DefaultConsumer {
    private final Channel on;

    Consumer(Channel on) {
      super(on);
      this.on = on;
    }

    @Override
    public void handleDelivery(
        String consumerTag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
      synchronized (Feed.this) {
        arrived++;
      }
      sink.arrived(Feed.this, on, envelope.getDeliveryTag(), properties, body);
    }

    /** The queue was deleted, or its leader is gone: what was delivered is void. */
    @Override
    public void handleCancel(String consumerTag) {
      Connections.closeQuietly(on);
    }

    @Override
    public void handleShutdownSignal(String consumerTag, ShutdownSignalException signal) {
      // the channel's own listener tells
    }
  }
}
