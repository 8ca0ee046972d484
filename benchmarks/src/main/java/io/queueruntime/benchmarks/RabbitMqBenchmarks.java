package io.queueruntime.benchmarks;

import com.rabbitmq.client.ConnectionFactory;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.rabbitmq.RabbitMqOptions;
import io.queueruntime.rabbitmq.RabbitMqQueueProvider;
import io.queueruntime.rabbitmq.local.LocalRabbitMq;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * {@code QueueTemplate} and {@code @QueueListener} on RabbitMQ, beside Spring's {@code
 * RabbitTemplate} and {@code @RabbitListener}, and beside RabbitMQ's own client. All of them on one
 * broker, in quorum queues, with publisher confirms, each message acknowledged after its handler.
 */
public final class RabbitMqBenchmarks {

  private static final String USAGE =
      """
      --directory=PATH                          where the broker's data go
      --rounds=3 --warmup=0.5s --time=1.5s      medians of so many rounds
      --stock=10000                             messages to handle, where they wait
      --rows=TEXT,TEXT                          only work whose name contains one of them
      """;

  private static final double GOAL = 0.95;

  private RabbitMqBenchmarks() {}

  public static void main(String[] arguments) throws Exception {
    Arguments given = Arguments.parse(arguments, Map.of("stock", "10000"), USAGE);
    try (LocalRabbitMq broker = LocalRabbitMq.start(given.directory().resolve("rabbitmq"))) {
      System.out.println("RabbitMQ: " + LocalRabbitMq.installed().orElseThrow().getFileName());
      RowTable.of(given).print(given.chosen(rows(broker.uri(), given.number("stock"))));
    }
    Directories.delete(given.directory().resolve("rabbitmq"));
    System.exit(0);
  }

  private static List<Row> rows(String uri, int stock) throws Exception {
    ConnectionFactory connections = new ConnectionFactory();
    connections.setUri(uri);
    return BrokerWork.rows(
        new Queues(uri, new RabbitMqQueueProvider(RabbitMqOptions.of(connections))),
        new OursOnBroker(
            List.of("--queue-runtime.provider=rabbitmq", "--queue-runtime.rabbitmq.uri=" + uri)),
        List.of(new SpringOnRabbitMq(uri), new BareRabbitMq(uri)),
        stock,
        GOAL);
  }

  /** Queues as ours are: quorum queues with a delivery limit and dead letters. */
  private record Queues(String uri, RabbitMqQueueProvider provider, AtomicInteger numbers)
      implements MeasuredBroker {

    Queues(String uri, RabbitMqQueueProvider provider) {
      this(uri, provider, new AtomicInteger());
    }

    @Override
    public String newQueue() {
      String name = "bench-" + numbers.incrementAndGet();
      provider
          .admin()
          .create(QueueName.of(name), QueueOptions.DEFAULTS.withDuplicateDetectionWindow(null));
      return name;
    }

    @Override
    public void delete(String queue) {
      provider.admin().delete(QueueName.of(queue));
    }

    @Override
    public void stockUp(String queue, byte[] body, int messages) throws Exception {
      BareRabbitMq.stockUp(uri, queue, body, messages);
    }
  }
}
