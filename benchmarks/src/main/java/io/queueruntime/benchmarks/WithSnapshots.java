package io.queueruntime.benchmarks;

import io.queueruntime.embedded.EmbeddedQueueProvider;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.QueueSender;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;

/** What senders see of snapshots of a large backlog, one after the other. Stateless. */
final class WithSnapshots {

  private static final int CALLERS = 8;
  private static final Duration NEVER = Duration.ofDays(1);

  private WithSnapshots() {}

  static void measure(ScaleSettings settings, Consumer<Finding> found) throws Exception {
    Path directory = settings.newDirectory("snapshots");
    try (EmbeddedQueueProvider provider =
        new EmbeddedQueueProvider(
            settings.options(directory).withSnapshots(NEVER, Long.MAX_VALUE, 1))) {
      provider.admin().create(Embedded.QUEUE, QueueOptions.DEFAULTS);
      Stock.fill(provider.sender(Embedded.QUEUE), settings.many(), Stock.BODY);
      Histogram without = Callers.histogram();
      Histogram with = Callers.histogram();
      AtomicInteger written = new AtomicInteger();
      sends(settings, provider);
      for (int round = 0; round < 2 * settings.rounds(); round++) {
        without.add(sends(settings, provider));
        AtomicBoolean over = new AtomicBoolean();
        Thread snapshots =
            new Thread(
                () -> {
                  while (!over.get()) {
                    provider.snapshot().join();
                    written.incrementAndGet();
                  }
                });
        snapshots.start();
        with.add(sends(settings, provider));
        over.set(true);
        snapshots.join();
      }
      found.accept(
          Finding.of(
              "sends of %d callers beside %,d waiting".formatted(CALLERS, settings.many()),
              "without snapshots %s; with %d of them %s"
                  .formatted(show(without), written.get(), show(with))));
      found.accept(
          Finding.atMost(
              "p99.9 with snapshots beside that without",
              (double) with.getValueAtPercentile(99.9) / without.getValueAtPercentile(99.9),
              2,
              ""));
    } finally {
      Directories.delete(directory);
    }
  }

  private static Histogram sends(ScaleSettings settings, EmbeddedQueueProvider provider)
      throws Exception {
    QueueSender sender = provider.sender(Embedded.QUEUE);
    OutgoingMessage message = OutgoingMessage.of(Stock.body(Stock.BODY)).build();
    return Callers.latencies(
        new Cell(
            CALLERS,
            Stock.BODY,
            settings.durability(),
            Duration.ofMillis(200),
            settings.time(),
            settings.directory()),
        caller ->
            () -> {
              sender.send(message).join();
              return true;
            });
  }

  private static String show(Histogram latencies) {
    return "%,d sends, p50 %.2f, p99.9 %.2f ms"
        .formatted(
            latencies.getTotalCount(),
            latencies.getValueAtPercentile(50) / 1e6,
            latencies.getValueAtPercentile(99.9) / 1e6);
  }
}
