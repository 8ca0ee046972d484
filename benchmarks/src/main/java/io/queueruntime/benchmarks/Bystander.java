package io.queueruntime.benchmarks;

import io.queueruntime.embedded.EmbeddedQueueProvider;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.QueueSender;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.HdrHistogram.Histogram;

/**
 * Somebody who sends to another queue, one by one, and notes how long each takes. To be used by one
 * thread.
 */
final class Bystander {

  private static final QueueName QUEUE = QueueName.of("bystander");

  private final QueueSender sender;
  private final OutgoingMessage message = OutgoingMessage.of(Stock.body(Stock.BODY)).build();

  /** Something that others may suffer from. */
  interface Load {
    void run() throws Exception;
  }

  Bystander(EmbeddedQueueProvider provider) {
    provider.admin().create(QUEUE, QueueOptions.DEFAULTS);
    sender = provider.sender(QUEUE);
  }

  /** How long each send took while that went on. */
  Histogram during(Load load) throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    Histogram latencies = Callers.histogram();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<?> sending =
          thread.submit(
              () -> {
                long before = System.nanoTime();
                while (!over.get()) {
                  sender.send(message).join();
                  long after = System.nanoTime();
                  latencies.recordValue(after - before);
                  before = after;
                }
              });
      load.run();
      over.set(true);
      sending.get();
      return latencies;
    } finally {
      over.set(true);
      thread.shutdown();
    }
  }

  static String show(Histogram latencies) {
    return "p50 %,.2f, p99 %,.1f, longest %,.1f ms"
        .formatted(
            latencies.getValueAtPercentile(50) / 1e6,
            latencies.getValueAtPercentile(99) / 1e6,
            latencies.getMaxValue() / 1e6);
  }
}
