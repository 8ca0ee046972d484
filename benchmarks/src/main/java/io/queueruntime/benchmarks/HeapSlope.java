package io.queueruntime.benchmarks;

import io.queueruntime.embedded.EmbeddedQueueProvider;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.QueueSender;
import io.queueruntime.provider.Settlement;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Whether the live heap grows while messages come and go at a steady pace: the slope of the line
 * through its size after a collection, every ten seconds but for the first minutes. Stateless.
 */
final class HeapSlope {

  private static final int PACE_MILLIS = 20;
  private static final int BATCH = 40;
  private static final Duration EVERY = Duration.ofSeconds(10);

  private HeapSlope() {}

  static void measure(ScaleSettings settings, Consumer<Finding> found) throws Exception {
    Path directory = settings.newDirectory("slope");
    AtomicBoolean over = new AtomicBoolean();
    AtomicLong done = new AtomicLong();
    try (EmbeddedQueueProvider provider = new EmbeddedQueueProvider(settings.options(directory))) {
      provider.admin().create(Embedded.QUEUE, QueueOptions.DEFAULTS);
      Thread traffic = new Thread(() -> keepGoing(provider, over, done), "traffic");
      traffic.start();
      List<double[]> points = new ArrayList<>();
      long begun = System.nanoTime();
      long warm = Duration.ofMinutes(settings.minutes()).toNanos() / 4;
      long end = Duration.ofMinutes(settings.minutes()).toNanos();
      for (long at = 0; at < end; at = System.nanoTime() - begun) {
        Thread.sleep(EVERY.toMillis());
        at = System.nanoTime() - begun;
        if (at > warm) {
          points.add(new double[] {at / 6e10, Stock.heap() / 1024.0});
        }
      }
      over.set(true);
      traffic.join();
      found.accept(
          Finding.of(
              "traffic of %d minutes".formatted(settings.minutes()),
              "%,d messages, live heap %,.0f KiB at the end"
                  .formatted(done.get(), points.get(points.size() - 1)[1])));
      found.accept(Finding.atMost("slope of the live heap", slope(points), 64, "KiB/min"));
    } finally {
      over.set(true);
      Directories.delete(directory);
    }
  }

  private static void keepGoing(
      EmbeddedQueueProvider provider, AtomicBoolean over, AtomicLong done) {
    QueueSender sender = provider.sender(Embedded.QUEUE);
    QueueReceiver receiver = provider.receiver(Embedded.QUEUE, SubQueue.MAIN);
    OutgoingMessage message = OutgoingMessage.of(Stock.body(Stock.BODY)).build();
    try {
      while (!over.get()) {
        for (int i = 0; i < BATCH; i++) {
          sender.send(message);
        }
        var received = receiver.receive(BATCH, Duration.ofSeconds(1)).join();
        received.forEach(one -> receiver.settle(one, Settlement.complete()));
        done.addAndGet(received.size());
        Thread.sleep(PACE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Least squares, in KiB a minute. */
  private static double slope(List<double[]> points) {
    double x = points.stream().mapToDouble(point -> point[0]).average().orElse(0);
    double y = points.stream().mapToDouble(point -> point[1]).average().orElse(0);
    double above = points.stream().mapToDouble(p -> (p[0] - x) * (p[1] - y)).sum();
    double below = points.stream().mapToDouble(p -> (p[0] - x) * (p[0] - x)).sum();
    return above / below;
  }
}
