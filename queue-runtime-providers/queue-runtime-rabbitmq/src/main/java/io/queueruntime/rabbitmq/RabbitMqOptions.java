package io.queueruntime.rabbitmq;

import com.rabbitmq.client.Address;
import com.rabbitmq.client.ConnectionFactory;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import java.time.Duration;
import java.util.List;

/**
 * How to reach RabbitMQ, and what is made there. Immutable but for the factory, which must not
 * change any more.
 *
 * @param connections makes connections: user, virtual host, TLS, heartbeat. The client's own
 *     recovery is switched off, as the provider recovers itself
 * @param addresses where brokers listen, tried in this order; empty: where the factory says
 * @param connectionName what the broker's tools show
 * @param sessionPartitions queues that a session queue created here is made of; 1 to {@value
 *     #PARTITIONS_MAX}
 * @param sessionPrefetch unsettled messages of one partition that are fetched at most; 1 to 10,000
 * @param sendTimeout longest wait for a message to be confirmed
 * @param maxMessageSize largest message, in bytes; the broker's own limit is 16 MiB from 4.0 on, as
 *     it comes
 * @param names what the names of the provider's own queues and exchanges start with
 */
public record RabbitMqOptions(
    ConnectionFactory connections,
    List<Address> addresses,
    String connectionName,
    int sessionPartitions,
    int sessionPrefetch,
    Duration sendTimeout,
    long maxMessageSize,
    String names) {

  /** Most partitions of a session queue. */
  public static final int PARTITIONS_MAX = 256;

  private static final int PREFETCH_MAX = 10_000;

  public RabbitMqOptions {
    addresses = List.copyOf(addresses);
    between("session-partitions", sessionPartitions, PARTITIONS_MAX);
    between("session-prefetch", sessionPrefetch, PREFETCH_MAX);
    if (sendTimeout.isNegative() || sendTimeout.isZero()) {
      throw new ConfigurationInvalid(null, "send-timeout is more than zero, found " + sendTimeout);
    }
    if (maxMessageSize < 1) {
      throw new ConfigurationInvalid(
          null, "max-message-size is at least 1 byte, found " + maxMessageSize);
    }
  }

  private static void between(String what, int value, int max) {
    if (value < 1 || value > max) {
      throw new ConfigurationInvalid(
          null, "%s is from 1 to %d, found %d.".formatted(what, max, value));
    }
  }

  /** The defaults, with that way to connect. */
  public static RabbitMqOptions of(ConnectionFactory connections) {
    return new RabbitMqOptions(
        connections,
        List.of(),
        "queue-runtime",
        16,
        128,
        Duration.ofSeconds(30),
        16L * 1024 * 1024,
        "queue-runtime");
  }

  public RabbitMqOptions withAddresses(List<Address> value) {
    return new RabbitMqOptions(
        connections,
        value,
        connectionName,
        sessionPartitions,
        sessionPrefetch,
        sendTimeout,
        maxMessageSize,
        names);
  }

  public RabbitMqOptions withConnectionName(String value) {
    return new RabbitMqOptions(
        connections,
        addresses,
        value,
        sessionPartitions,
        sessionPrefetch,
        sendTimeout,
        maxMessageSize,
        names);
  }

  public RabbitMqOptions withSessionPartitions(int value) {
    return new RabbitMqOptions(
        connections,
        addresses,
        connectionName,
        value,
        sessionPrefetch,
        sendTimeout,
        maxMessageSize,
        names);
  }

  public RabbitMqOptions withSessionPrefetch(int value) {
    return new RabbitMqOptions(
        connections,
        addresses,
        connectionName,
        sessionPartitions,
        value,
        sendTimeout,
        maxMessageSize,
        names);
  }

  public RabbitMqOptions withSendTimeout(Duration value) {
    return new RabbitMqOptions(
        connections,
        addresses,
        connectionName,
        sessionPartitions,
        sessionPrefetch,
        value,
        maxMessageSize,
        names);
  }

  public RabbitMqOptions withMaxMessageSize(long value) {
    return new RabbitMqOptions(
        connections,
        addresses,
        connectionName,
        sessionPartitions,
        sessionPrefetch,
        sendTimeout,
        value,
        names);
  }

  public RabbitMqOptions withNames(String value) {
    return new RabbitMqOptions(
        connections,
        addresses,
        connectionName,
        sessionPartitions,
        sessionPrefetch,
        sendTimeout,
        maxMessageSize,
        value);
  }

  /** Tells nothing of users and passwords. */
  @Override
  public String toString() {
    return "RabbitMqOptions["
        + (addresses.isEmpty() ? connections.getHost() + ":" + connections.getPort() : addresses)
        + ", virtual host "
        + connections.getVirtualHost()
        + "]";
  }
}
