package io.queueruntime.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A way through the broker like that of a delayed message: into a quorum queue, where it expires,
 * and from there, at least once, into another one. Used by one thread.
 */
final class Probe implements AutoCloseable {

  private static final int SECONDS_MAX = 120;

  private final Connection connection;
  private final Channel channel;
  private final String first = "probe-" + UUID.randomUUID();
  private final String second = first + ".end";
  private final Semaphore arrived = new Semaphore(0);

  private Probe(Connection connection) throws IOException {
    this.connection = connection;
    this.channel = connection.createChannel();
    channel.queueDeclare(
        first,
        true,
        false,
        false,
        Map.of(
            "x-queue-type", "quorum",
            "x-message-ttl", 1,
            "x-dead-letter-exchange", "",
            "x-dead-letter-routing-key", second,
            "x-dead-letter-strategy", "at-least-once",
            "x-overflow", "reject-publish"));
    channel.queueDeclare(second, true, false, false, Map.of("x-queue-type", "quorum"));
    channel.basicConsume(second, true, (tag, message) -> arrived.release(), tag -> {});
  }

  static Probe on(ConnectionFactory broker) throws IOException {
    try {
      return new Probe(broker.newConnection());
    } catch (TimeoutException e) {
      throw new IOException(e);
    }
  }

  /** For questions beside. */
  Channel channel() {
    return channel;
  }

  /** Sends a message that way, and returns when it has arrived. */
  void hop() throws IOException, InterruptedException {
    channel.basicPublish(
        "", first, new AMQP.BasicProperties.Builder().deliveryMode(2).build(), new byte[1]);
    if (!arrived.tryAcquire(SECONDS_MAX, TimeUnit.SECONDS)) {
      throw new IOException("A message that expired did not arrive within two minutes.");
    }
  }

  @Override
  public void close() {
    try {
      channel.queueDelete(first);
      channel.queueDelete(second);
    } catch (IOException e) {
      // the broker is gone, and will be deleted as a whole
    }
    connection.abort();
  }
}
