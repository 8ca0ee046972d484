package io.queueruntime.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import io.queueruntime.QueueRuntimeException;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.front.Feed;
import java.io.IOException;
import java.time.Duration;
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
final class ChannelFeed implements Feed {

  private static final Duration WARM_MAX = Duration.ofSeconds(2);

  private final String queue;
  private final Definition of;
  private final boolean deadLetters;
  private final int partition;
  private final ProviderParts parts;
  private final Connections connections;
  private final Sink sink;
  private final List<String> consumers = new ArrayList<>();
  private volatile @Nullable Channel channel; // written under the lock
  private int credit;
  private long expected;
  private long arrived;

  /**
   * Begins nothing yet.
   *
   * @param queue the broker's queue
   * @param of our queue that it is part of
   * @param partition the number of the partition; -1: it is none
   */
  ChannelFeed(
      String queue,
      Definition of,
      boolean deadLetters,
      int partition,
      ProviderParts parts,
      Sink sink) {
    this.queue = queue;
    this.of = of;
    this.deadLetters = deadLetters;
    this.partition = partition;
    this.parts = parts;
    this.connections = parts.connections();
    this.sink = sink;
  }

  @Override
  public String queue() {
    return queue;
  }

  @Override
  public boolean returnsOne() {
    return !isPartition();
  }

  private boolean isPartition() {
    return partition >= 0;
  }

  @Override
  public Duration warmMax() {
    return WARM_MAX;
  }

  /** Whether deliveries may be on their way that were there when it began. */
  @Override
  public synchronized boolean isWarming() {
    return channel != null && !consumers.isEmpty() && arrived < Math.min(expected, credit);
  }

  /** Waits for nothing that was expected any more. */
  @Override
  public synchronized void warm() {
    expected = 0;
  }

  @Override
  public synchronized boolean isRunning() {
    return !consumers.isEmpty();
  }

  /**
   * Sees to that much credit.
   *
   * @throws QueueRuntimeException when the queue cannot be consumed
   */
  @Override
  public synchronized void want(int wanted) {
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
      int more = isPartition() ? wanted : Math.max(wanted - credit, credit);
      open.basicQos(more);
      credit += more;
      String tag = "queue-runtime-" + UUID.randomUUID();
      consumers.add(tag);
      Map<String, Object> arguments =
          isPartition() ? Map.of("x-priority", parts.rankOf(queue)) : Map.of();
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

  private void ended(Channel ended) {
    boolean meant;
    synchronized (this) {
      meant = channel != ended;
      if (!meant) {
        channel = null;
        consumers.clear();
        credit = 0;
      }
    }
    sink.lost(
        this,
        ended,
        meant,
        session -> Definition.partitionOf(session.value(), of.partitions()) == partition);
  }

  /** Lets nothing more come; what came can still be settled. */
  @Override
  public synchronized void rest() {
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
  @Override
  public void sync() {
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

  /**
   * A partition while it is consumed. That another process is its active consumer is not told; when
   * this one takes its unit over all the same, the other one gives it up, so that it moves here.
   */
  @Override
  public @Nullable Unit unitOf(SessionId session) {
    Channel open = channel;
    return open == null || !open.isOpen() ? null : new Unit(Integer.toString(partition), open);
  }

  @Override
  public void giveUp(Object through) {
    Channel open = channel;
    if (open != null && open == through) {
      Connections.closeQuietly(open); // its listener tells
    }
  }

  /** Closes the channel: what is not settled goes back to the queue. */
  @Override
  public void close() {
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
      synchronized (ChannelFeed.this) {
        arrived++;
      }
      Incoming message = new Incoming(of.name(), deadLetters, properties, body, parts.time().now());
      sink.arrived(
          ChannelFeed.this, new ChannelDelivery(on, envelope.getDeliveryTag(), message, parts));
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
