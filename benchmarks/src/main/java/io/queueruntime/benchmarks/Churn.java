package io.queueruntime.benchmarks;

import io.queueruntime.embedded.EmbeddedQueueProvider;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.QueueSender;
import io.queueruntime.provider.Settlement;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * What is on the disk after very much has come and gone, with one old message that nobody ever
 * receives and every hundredth that stays. Stateless.
 */
final class Churn {

  private static final QueueName STUCK = QueueName.of("stuck");
  private static final int SEGMENT = 16 * 1024 * 1024;
  private static final int SIZE = 1_024;
  private static final int ROUND = 5_000;
  private static final int ROUNDS = 200;

  /** How long it may take after the last message until what is not needed is gone. */
  private static final Duration SETTLING = Duration.ofSeconds(20);

  private Churn() {}

  static void measure(ScaleSettings settings, Consumer<Finding> found) throws Exception {
    Path directory = settings.newDirectory("churn");
    try (EmbeddedQueueProvider provider =
        new EmbeddedQueueProvider(
            settings
                .options(directory)
                .withSegmentSize(SEGMENT)
                .withSnapshots(Duration.ofSeconds(2), 50_000, 1))) {
      provider.admin().create(STUCK, QueueOptions.DEFAULTS);
      provider.admin().create(Embedded.QUEUE, QueueOptions.DEFAULTS);
      Stock.fill(provider.sender(STUCK), 1, SIZE);
      QueueSender sender = provider.sender(Embedded.QUEUE);
      QueueReceiver receiver = provider.receiver(Embedded.QUEUE, SubQueue.MAIN);
      long most = 0;
      for (int round = 0; round < ROUNDS; round++) {
        Stock.fill(sender, ROUND, SIZE);
        take(receiver, ROUND - ROUND / 100);
        most = Math.max(most, excess(provider, directory));
      }
      long end = System.nanoTime() + SETTLING.toNanos();
      long rest = excess(provider, directory);
      while (rest > 3 && System.nanoTime() < end) {
        Thread.sleep(100);
        rest = Math.min(rest, excess(provider, directory));
      }
      long live = live(provider);
      found.accept(
          Finding.of(
              "%,d messages of %,d bytes came, %,d stay"
                  .formatted(ROUND * ROUNDS, SIZE, ROUND / 100 * ROUNDS),
              "%.1f MB live, %.1f MB on the disk; at most %d segments of %d MB beyond twice what was live"
                  .formatted(live / 1e6, Stock.disk(directory) / 1e6, most, SEGMENT >> 20)));
      found.accept(
          Finding.atMost(
              "segments on the disk beyond twice what is live, with one stuck old message",
              rest,
              3,
              ""));
    } finally {
      Directories.delete(directory);
    }
  }

  private static long live(EmbeddedQueueProvider provider) {
    return provider.admin().statistics(STUCK).sizeInBytes()
        + provider.admin().statistics(Embedded.QUEUE).sizeInBytes();
  }

  /** Segments, begun ones counted whole, that all files take beyond twice what is live. */
  private static long excess(EmbeddedQueueProvider provider, Path directory) throws Exception {
    long beyond = Stock.disk(directory) - 2 * live(provider);
    return Math.max(0, (beyond + SEGMENT - 1) / SEGMENT);
  }

  private static void take(QueueReceiver receiver, int count) {
    List<CompletableFuture<Void>> settled = new ArrayList<>();
    while (settled.size() < count) {
      for (var message :
          receiver.receive(Math.min(500, count - settled.size()), Duration.ofSeconds(1)).join()) {
        settled.add(receiver.settle(message, Settlement.complete()));
      }
    }
    CompletableFuture.allOf(settled.toArray(CompletableFuture<?>[]::new)).join();
  }
}
