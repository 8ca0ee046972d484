package io.queueruntime.rabbitmq;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one provider: one to publish through and one for all else, so that a broker
 * that holds up publishers does not hold up settlements. Each is made when it is needed and again
 * after it was lost.
 *
 * <p>Thread-safe; blocks while it connects.
 */
final class Connections implements AutoCloseable {

  private static final int TRIES = 5;
  private static final long FIRST_WAIT_MILLIS = 200;

  private final RabbitMqOptions options;
  private final ConnectionFactory factory;
  private final One publishing = new One("publish");
  private final One working = new One("work");
  private volatile @Nullable BrokerVersion version;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean closed;

  Connections(RabbitMqOptions options) {
    this.options = options;
    this.factory = options.connections().clone();
    factory.setAutomaticRecoveryEnabled(false);
    factory.setTopologyRecoveryEnabled(false);
  }

  /** The broker's version; connects when it is not known yet. */
  BrokerVersion version() {
    BrokerVersion known = version;
    if (known == null) {
      working.connection();
      known = version;
    }
    if (known == null) {
      throw new IllegalStateException("A connection was made and told no version.");
    }
    return known;
  }

  Channel publishingChannel() {
    return publishing.channel();
  }

  Connection publishingConnection() {
    return publishing.connection();
  }

  Channel channel() {
    return working.channel();
  }

  /** Does something on a channel that nobody else uses: an error of the broker ends a channel. */
  <T> T with(@Nullable String queue, String doing, Work<T> work) {
    Channel channel = channel();
    try {
      return work.on(channel);
    } catch (IOException | RuntimeException e) {
      throw Failures.of(queue, doing, e);
    } finally {
      closeQuietly(channel);
    }
  }

  /**
   * Does something on a channel that may be done twice, such as a declaration, and again while the
   * broker has an internal error: one whose quorum queue got no leader in time says that, and ends
   * the connection.
   */
  <T> T repeatable(@Nullable String queue, String doing, Work<T> work) {
    long wait = FIRST_WAIT_MILLIS;
    for (int attempt = 1; ; attempt++) {
      try {
        return with(queue, doing, work);
      } catch (QueueRuntimeException e) {
        if (attempt == TRIES || Failures.replyCode(e) != Failures.INTERNAL_ERROR) {
          throw e;
        }
      }
      try {
        awaitClosed(wait); // closed meanwhile: the next attempt says so
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new OperationTimedOut(queue, "Interrupted while waiting to %s.".formatted(doing), e);
      }
      wait *= 2;
    }
  }

  /** Waits for that long, or until they are closed; whether they are. */
  boolean awaitClosed(long millis) throws InterruptedException {
    return ended.await(millis, TimeUnit.MILLISECONDS);
  }

  static void closeQuietly(Channel channel) {
    try {
      if (channel.isOpen()) {
        channel.close();
      }
    } catch (IOException | TimeoutException | RuntimeException e) {
      // it is ended already
    }
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    closed = true;
    ended.countDown();
    publishing.close();
    working.close();
  }

  /** Something to do on a channel. */
  @FunctionalInterface
  interface Work<T> {
    T on(Channel channel) throws IOException;
  }

  /** One connection, made anew as often as it takes. Thread-safe. */
  private final class One {
    private final String purpose;
    private @Nullable Connection open;

    One(String purpose) {
      this.purpose = purpose;
    }

    synchronized Connection connection() {
      if (closed) {
        throw new Closed(null, "The RabbitMQ client was closed; no later call will succeed.");
      }
      Connection known = open;
      if (known != null && known.isOpen()) {
        return known;
      }
      try {
        String name = options.connectionName() + "/" + purpose;
        Connection made =
            options.addresses().isEmpty()
                ? factory.newConnection(name)
                : factory.newConnection(options.addresses(), name);
        checkVersion(made);
        open = made;
        return made;
      } catch (IOException | TimeoutException | RuntimeException e) {
        throw Failures.of(null, "connect to RabbitMQ at " + place(), e);
      }
    }

    private void checkVersion(Connection made) {
      Map<String, Object> properties = made.getServerProperties();
      Object told = properties.get("version");
      BrokerVersion found = BrokerVersion.of(told == null ? "unknown" : told.toString());
      if (!found.isAtLeast(3, 10)) {
        made.abort();
        throw new ConfigurationInvalid(
            null,
            "RabbitMQ at %s is of version %s; 3.10 or newer is needed."
                .formatted(place(), found.text()));
      }
      version = found;
    }

    Channel channel() {
      try {
        Channel channel = connection().createChannel();
        if (channel == null) {
          throw new ConfigurationInvalid(
              null,
              "RabbitMQ at %s gives no further channel to this connection; raise its channel_max, or use fewer session partitions."
                  .formatted(place()));
        }
        return channel;
      } catch (IOException | RuntimeException e) {
        throw Failures.of(null, "open a channel to RabbitMQ at " + place(), e);
      }
    }

    synchronized void close() {
      Connection known = open;
      if (known != null) {
        try {
          known.close(5_000);
        } catch (IOException | RuntimeException e) {
          known.abort();
        }
      }
    }
  }

  /** Where the broker is, without user and password. */
  private String place() {
    return options.addresses().isEmpty()
        ? factory.getHost() + ":" + factory.getPort()
        : options.addresses().toString();
  }
}
