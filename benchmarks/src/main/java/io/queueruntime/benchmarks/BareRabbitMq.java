package io.queueruntime.benchmarks;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import java.io.IOException;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * RabbitMQ's own client: a channel for each sender, which waits for the confirm of each message,
 * and one for each consumer, which acknowledges each message. Immutable.
 */
record BareRabbitMq(String uri) implements BrokerClient {

  /** What Spring's containers fetch ahead, too. */
  private static final int PREFETCH = 250;

  private static final int CONFIRM_MAX_MILLIS = 30_000;

  @Override
  public String name() {
    return "RabbitMQ's client";
  }

  private static Connection connect(String uri) throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(uri);
    return factory.newConnection("benchmark");
  }

  private static AMQP.BasicProperties properties() {
    return new AMQP.BasicProperties.Builder()
        .deliveryMode(2)
        .contentType("application/octet-stream")
        .messageId(UUID.randomUUID().toString())
        .build();
  }

  @Override
  public Work open(String queue, int consumers, Consumer<byte[]> handler) throws Exception {
    Connection connection = connect(uri);
    for (int i = 0; i < consumers; i++) {
      Channel channel = connection.createChannel();
      channel.basicQos(PREFETCH);
      channel.basicConsume(
          queue,
          false,
          new DefaultConsumer(channel) {
            @Override
            public void handleDelivery(
                String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body)
                throws IOException {
              handler.accept(body);
              getChannel().basicAck(envelope.getDeliveryTag(), false);
            }
          });
    }
    return new Connected(connection, queue);
  }

  /** Puts messages into a queue, a thousand of them unconfirmed at a time. */
  static void stockUp(String uri, String queue, byte[] body, int messages) throws Exception {
    try (Connection connection = connect(uri);
        Channel channel = connection.createChannel()) {
      channel.confirmSelect();
      for (int i = 1; i <= messages; i++) {
        channel.basicPublish("", queue, true, properties(), body);
        if (i % 1_000 == 0 || i == messages) {
          channel.waitForConfirmsOrDie(CONFIRM_MAX_MILLIS);
        }
      }
    }
  }

  private record Connected(Connection connection, String queue) implements Work {
    @Override
    public Send sender() throws IOException {
      Channel channel = connection.createChannel();
      channel.confirmSelect();
      return body -> {
        channel.basicPublish("", queue, true, properties(), body);
        channel.waitForConfirmsOrDie(CONFIRM_MAX_MILLIS);
      };
    }

    @Override
    public void close() throws IOException {
      connection.close();
    }
  }
}
