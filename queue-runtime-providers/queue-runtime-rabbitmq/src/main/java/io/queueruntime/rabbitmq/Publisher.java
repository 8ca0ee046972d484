package io.queueruntime.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.BlockedListener;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import io.queueruntime.QueueRuntimeException.QueueFull;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.Throttled;
import io.queueruntime.provider.ProviderTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Publishes with confirms and {@code mandatory}: a future completes once the broker has the message
 * on the disks of a majority, and fails when no queue took it.
 *
 * <p>A message that no queue takes is returned and then confirmed, in this order; the return says
 * the message's own number and nothing of its delivery tag.
 *
 * <p>Thread-safe.
 */
final class Publisher implements AutoCloseable {

  private static final Duration BLOCKED_RETRY = Duration.ofSeconds(1);

  private final Connections connections;
  private final Duration timeout;
  private final ProviderTime time;
  private final Executor callbacks;
  private final ReentrantLock mutex = new ReentrantLock();
  private @Nullable Line line;
  private volatile boolean closed;

  Publisher(Connections connections, Duration timeout, ProviderTime time, Executor callbacks) {
    this.connections = connections;
    this.timeout = timeout;
    this.time = time;
    this.callbacks = callbacks;
  }

  /**
   * Publishes one message; never throws.
   *
   * @param queue the queue in the words of errors
   */
  CompletableFuture<Void> publish(
      String queue,
      String exchange,
      String routingKey,
      AMQP.BasicProperties properties,
      byte[] body) {
    CompletableFuture<Void> confirmed = new CompletableFuture<>();
    mutex.lock();
    try {
      Line open = line();
      if (open.blocked) {
        throw new Throttled(
            queue,
            "Cannot send to queue '%s': RabbitMQ takes no messages for now, as it is short of memory or disk; it is tried again."
                .formatted(queue),
            BLOCKED_RETRY,
            null);
      }
      open.publish(
          new Pending(queue, confirmed, time.nanos()), exchange, routingKey, properties, body);
    } catch (IOException | RuntimeException e) {
      confirmed.completeExceptionally(Failures.of(queue, "send to queue '%s'".formatted(queue), e));
    } finally {
      mutex.unlock();
    }
    return confirmed;
  }

  private Line line() throws IOException {
    if (closed) {
      throw new Closed(null, "The RabbitMQ client was closed; no later call will succeed.");
    }
    Line known = line;
    if (known == null || !known.channel.isOpen()) {
      known = new Line(connections.publishingConnection(), connections.publishingChannel());
      line = known;
    }
    return known;
  }

  @Override
  public void close() {
    mutex.lock();
    try {
      closed = true;
      Line open = line;
      if (open != null) {
        open.failAll(new Closed(null, "The RabbitMQ client was closed."));
      }
    } finally {
      mutex.unlock();
    }
  }

  /** A message on its way. */
  private static final class Pending {
    private final String queue;
    private final CompletableFuture<Void> confirmed;
    private final long sentNanos;
    private volatile boolean returned;

    Pending(String queue, CompletableFuture<Void> confirmed, long sentNanos) {
      this.queue = queue;
      this.confirmed = confirmed;
      this.sentNanos = sentNanos;
    }
  }

  /** One channel, for as long as it lives. */
  private final class Line implements BlockedListener {
    private final Channel channel;
    private final Connection connection;
    private final ConcurrentNavigableMap<Long, Pending> pending = new ConcurrentSkipListMap<>();
    private final Map<Long, Pending> bySequence = new ConcurrentHashMap<>();
    private final AtomicBoolean watching = new AtomicBoolean();
    private volatile boolean blocked;

    Line(Connection connection, Channel channel) throws IOException {
      this.connection = connection;
      this.channel = channel;
      connection.addBlockedListener(this);
      channel.confirmSelect();
      channel.addConfirmListener(
          (tag, multiple) -> settled(tag, multiple, true),
          (tag, multiple) -> settled(tag, multiple, false));
      channel.addReturnListener(returned -> returned(returned.getProperties()));
      channel.addShutdownListener(this::ended);
    }

    void publish(
        Pending message,
        String exchange,
        String routingKey,
        AMQP.BasicProperties properties,
        byte[] body)
        throws IOException {
      long tag = channel.getNextPublishSeqNo();
      long sequence = sequence(properties);
      pending.put(tag, message);
      watch();
      bySequence.put(sequence, message);
      message.confirmed.whenComplete((done, failure) -> bySequence.remove(sequence, message));
      try {
        channel.basicPublish(exchange, routingKey, true, properties, body);
      } catch (IOException | RuntimeException e) {
        pending.remove(tag);
        throw e;
      }
    }

    private static long sequence(AMQP.BasicProperties properties) {
      return Wire.number(properties.getHeaders().get(Wire.SEQUENCE), 0);
    }

    private void returned(AMQP.BasicProperties properties) {
      Pending message = bySequence.get(sequence(properties));
      if (message != null) {
        message.returned = true;
      }
    }

    private void settled(long tag, boolean multiple, boolean confirmed) {
      List<Pending> settled = new ArrayList<>();
      if (multiple) {
        Map<Long, Pending> upTo = pending.headMap(tag, true);
        settled.addAll(upTo.values());
        upTo.clear();
      } else {
        Pending one = pending.remove(tag);
        if (one != null) {
          settled.add(one);
        }
      }
      settled.forEach(message -> end(message, confirmed ? outcome(message) : full(message.queue)));
    }

    private static @Nullable QueueRuntimeException outcome(Pending message) {
      return message.returned
          ? new QueueNotFound(
              message.queue,
              "Cannot send to queue '%s': RabbitMQ has no queue that takes the message; create it, or bind one."
                  .formatted(message.queue))
          : null;
    }

    private static QueueFull full(String queue) {
      return new QueueFull(
          queue,
          "Cannot send to queue '%s': RabbitMQ refused the message, as the queue is full or has no leader for now."
              .formatted(queue));
    }

    /** One alarm for all that is on its way. */
    private void watch() {
      if (watching.compareAndSet(false, true)) {
        time.after(timeout.dividedBy(4), this::look);
      }
    }

    private void look() {
      watching.set(false);
      for (Map.Entry<Long, Pending> oldest = pending.firstEntry();
          oldest != null && time.nanos() - oldest.getValue().sentNanos >= timeout.toNanos();
          oldest = pending.firstEntry()) {
        late(oldest.getKey());
      }
      if (!pending.isEmpty()) {
        watch();
      }
    }

    private void late(long tag) {
      Pending message = pending.remove(tag);
      if (message != null) {
        end(
            message,
            new OperationTimedOut(
                message.queue,
                "Cannot tell whether the message to queue '%s' was taken: RabbitMQ did not confirm it within %s; sending it again may double it."
                    .formatted(message.queue, timeout),
                null));
      }
    }

    private void ended(ShutdownSignalException signal) {
      connection.removeBlockedListener(this);
      failAll(
          closed
              ? new Closed(null, "The RabbitMQ client was closed.")
              : new ConnectionFailed(
                  null,
                  "The connection to RabbitMQ ended before it had confirmed the message: %s; sending it again may double it."
                      .formatted(signal.getMessage()),
                  signal));
    }

    void failAll(QueueRuntimeException failure) {
      List<Pending> all = new ArrayList<>(pending.values());
      pending.clear();
      all.forEach(message -> end(message, failure));
    }

    private void end(Pending message, @Nullable QueueRuntimeException failure) {
      callbacks.execute(
          () -> {
            if (failure == null) {
              message.confirmed.complete(null);
            } else {
              message.confirmed.completeExceptionally(failure);
            }
          });
    }

    @Override
    public void handleBlocked(String reason) {
      blocked = true;
    }

    @Override
    public void handleUnblocked() {
      blocked = false;
    }
  }
}
