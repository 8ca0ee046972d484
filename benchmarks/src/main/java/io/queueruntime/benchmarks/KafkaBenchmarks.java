package io.queueruntime.benchmarks;

import io.queueruntime.kafka.KafkaOptions;
import io.queueruntime.kafka.KafkaQueueProvider;
import io.queueruntime.kafka.local.LocalKafka;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * {@code QueueTemplate} and {@code @QueueListener} on Kafka, beside Spring's {@code KafkaTemplate}
 * and {@code @KafkaListener}, and beside Kafka's own client. All of them on one broker, in topics
 * of 8 partitions, with {@code acks=all}, offsets committed after the handler.
 */
public final class KafkaBenchmarks {

  private static final String USAGE =
      """
      --directory=PATH                          where the broker's data go
      --rounds=3 --warmup=0.5s --time=1.5s      medians of so many rounds
      --stock=50000                             messages to handle, where they wait
      --rows=TEXT,TEXT                          only work whose name contains one of them
      """;

  private static final double GOAL = 0.95;
  private static final int PARTITIONS = 8;

  private KafkaBenchmarks() {}

  public static void main(String[] arguments) throws Exception {
    Arguments given = Arguments.parse(arguments, Map.of("stock", "50000"), USAGE);
    try (LocalKafka broker = LocalKafka.start(given.directory().resolve("kafka"))) {
      RowTable.of(given)
          .print(given.chosen(rows(broker.bootstrapServers(), given.number("stock"))));
    }
    Directories.delete(given.directory().resolve("kafka"));
    System.exit(0);
  }

  private static List<Row> rows(String servers, int stock) {
    return BrokerWork.rows(
        new Topics(
            servers,
            new KafkaQueueProvider(
                KafkaOptions.of(Map.of("bootstrap.servers", servers)).withPartitions(PARTITIONS)),
            new AtomicInteger()),
        new OursOnBroker(
            List.of(
                "--queue-runtime.provider=kafka",
                "--queue-runtime.kafka.bootstrap-servers=" + servers)),
        List.of(new SpringOnKafka(servers), new BareKafka(servers)),
        stock,
        GOAL);
  }

  /** Topics as ours are. */
  private record Topics(String servers, KafkaQueueProvider provider, AtomicInteger numbers)
      implements MeasuredBroker {

    @Override
    public String newQueue() {
      String name = "bench-" + numbers.incrementAndGet();
      QueueName queue = QueueName.of(name);
      provider.admin().create(queue, QueueOptions.DEFAULTS.withDuplicateDetectionWindow(null));
      // Where a new partition does not take messages yet, Kafka's client retries the first batches
      // behind later ones, which the broker has taken by then, until it gives up. Who asks for
      // offsets is answered once every partition is there.
      provider.admin().statistics(queue);
      return name;
    }

    @Override
    public void delete(String queue) {
      provider.admin().delete(QueueName.of(queue));
    }

    @Override
    public void stockUp(String queue, byte[] body, int messages) throws Exception {
      BareKafka.stockUp(servers, queue, body, messages);
    }
  }
}
