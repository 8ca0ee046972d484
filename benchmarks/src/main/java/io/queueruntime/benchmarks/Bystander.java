package io.queueruntime.benchmarks;

import io.queueruntime.embedded.EmbeddedQueueProvider;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.QueueSender;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.HdrHistogram.Histogram;

/**
 * Somebody who sends to another queue, one by one, and notes how long each takes, and how much of
 * that the engine's thread was at work: on a busy machine only the latter says what the engine did
 * before it answered. To be used by one thread.
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

  /** How long each send took, by the clock and in the engine's processor time. */
  record Sends(Histogram latencies, Histogram work) {

    double longestWorkMillis() {
      return work.getMaxValue() / 1e6;
    }

    @Override
    public String toString() {
      return "p50 %,.2f, p99 %,.1f, longest %,.1f ms, of which the engine worked %,.1f ms at most"
          .formatted(
              latencies.getValueAtPercentile(50) / 1e6,
              latencies.getValueAtPercentile(99) / 1e6,
              latencies.getMaxValue() / 1e6,
              longestWorkMillis());
    }
  }

  /** What each send took while that went on. */
  Sends during(Load load) throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    Histogram latencies = Callers.histogram();
    Histogram work = Callers.histogram();
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long engine = engineThread();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<?> sending =
          thread.submit(
              () -> {
                long before = System.nanoTime();
                long workedBefore = threads.getThreadCpuTime(engine);
                while (!over.get()) {
                  sender.send(message).join();
                  long after = System.nanoTime();
                  long worked = threads.getThreadCpuTime(engine);
                  latencies.recordValue(after - before);
                  work.recordValue(worked - workedBefore);
                  before = after;
                  workedBefore = worked;
                }
              });
      load.run();
      over.set(true);
      sending.get();
      return new Sends(latencies, work);
    } finally {
      over.set(true);
      thread.shutdown();
    }
  }

  private static long engineThread() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().matches("queue-runtime-engine-[0-9]+"))
        .mapToLong(Thread::getId)
        .max()
        .orElseThrow(() -> new IllegalStateException("No thread of an engine was found."));
  }
}
