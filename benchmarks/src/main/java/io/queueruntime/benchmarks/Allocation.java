package io.queueruntime.benchmarks;

import com.sun.management.ThreadMXBean;
import io.queueruntime.embedded.EmbeddedQueueProvider;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.QueueSender;
import io.queueruntime.provider.Settlement;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** What all threads together allocate for a message, once everything is warm. Stateless. */
final class Allocation {

  private static final int MESSAGES = 50_000;
  private static final int WARM_UP = 4;
  private static final int AT_ONCE = 500;

  private Allocation() {}

  static void measure(ScaleSettings settings, Consumer<Finding> found) throws Exception {
    Path directory = settings.newDirectory("allocation");
    try (EmbeddedQueueProvider provider = new EmbeddedQueueProvider(settings.options(directory))) {
      provider.admin().create(Embedded.QUEUE, QueueOptions.DEFAULTS);
      double[] allocated = new double[3];
      for (int round = -WARM_UP; round < settings.rounds(); round++) {
        double[] one = round(provider);
        for (int i = 0; i < one.length && round >= 0; i++) {
          allocated[i] += one[i] / settings.rounds();
        }
      }
      found.accept(
          Finding.of(
              "allocated beyond the body of %d bytes, by message".formatted(Stock.BODY),
              "send %.0f, receive %.0f, complete %.0f bytes"
                  .formatted(allocated[0] - Stock.BODY, allocated[1] - Stock.BODY, allocated[2])));
      found.accept(
          Finding.atMost(
              "allocated by a send and a completion",
              allocated[0] - Stock.BODY + allocated[2],
              500,
              "bytes"));
    } finally {
      Directories.delete(directory);
    }
  }

  private static double[] round(EmbeddedQueueProvider provider) {
    QueueSender sender = provider.sender(Embedded.QUEUE);
    QueueReceiver receiver = provider.receiver(Embedded.QUEUE, SubQueue.MAIN);
    OutgoingMessage message = OutgoingMessage.of(Stock.body(Stock.BODY)).build();
    CompletableFuture<?>[] under = new CompletableFuture<?>[AT_ONCE];
    List<ReceivedMessage<byte[]>> received = new ArrayList<>(MESSAGES);
    long begun = allocated();
    for (int sent = 0; sent < MESSAGES; sent += AT_ONCE) {
      for (int i = 0; i < AT_ONCE; i++) {
        under[i] = sender.send(message);
      }
      CompletableFuture.allOf(under).join();
    }
    long sent = allocated();
    while (received.size() < MESSAGES) {
      received.addAll(receiver.receive(AT_ONCE, Duration.ofSeconds(1)).join());
    }
    long taken = allocated();
    for (int settled = 0; settled < MESSAGES; settled += AT_ONCE) {
      for (int i = 0; i < AT_ONCE; i++) {
        under[i] = receiver.settle(received.get(settled + i), Settlement.complete());
      }
      CompletableFuture.allOf(under).join();
    }
    long completed = allocated();
    return new double[] {
      (double) (sent - begun) / MESSAGES,
      (double) (taken - sent) / MESSAGES,
      (double) (completed - taken) / MESSAGES
    };
  }

  private static long allocated() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long all = 0;
    for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
      all += Math.max(0, bytes);
    }
    return all;
  }
}
