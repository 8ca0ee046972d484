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

/**
 * What all threads together allocate for a message, once everything is warm: so many are sent, then
 * received, then completed, again and again. The answers are waited for one by one, because a
 * future that stands for all of them allocates 100 bytes for each.
 *
 * <p>Confined to its thread.
 */
final class Allocation {

  private static final int AT_ONCE = 500;
  private static final int CYCLES = 100;
  private static final int WARM_UP = 5;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final QueueSender sender;
  private final QueueReceiver receiver;
  private final OutgoingMessage message = OutgoingMessage.of(Stock.body(Stock.BODY)).build();
  private final CompletableFuture<?>[] answers = new CompletableFuture<?>[AT_ONCE];
  private final List<ReceivedMessage<byte[]>> received = new ArrayList<>(AT_ONCE);

  private Allocation(EmbeddedQueueProvider provider) {
    this.sender = provider.sender(Embedded.QUEUE);
    this.receiver = provider.receiver(Embedded.QUEUE, SubQueue.MAIN);
  }

  static void measure(ScaleSettings settings, Consumer<Finding> found) throws Exception {
    Path directory = settings.newDirectory("allocation");
    try (EmbeddedQueueProvider provider = new EmbeddedQueueProvider(settings.options(directory))) {
      provider.admin().create(Embedded.QUEUE, QueueOptions.DEFAULTS);
      Allocation allocation = new Allocation(provider);
      for (int round = 0; round < WARM_UP; round++) {
        allocation.perMessage();
      }
      double[] bytes = new double[3];
      for (int round = 0; round < settings.rounds(); round++) {
        double[] one = allocation.perMessage();
        for (int i = 0; i < one.length; i++) {
          bytes[i] += one[i] / settings.rounds();
        }
      }
      found.accept(
          Finding.of(
              "allocated beyond the body of %d bytes, by message".formatted(Stock.BODY),
              "send %.0f, receive %.0f, complete %.0f bytes"
                  .formatted(bytes[0] - Stock.BODY, bytes[1] - Stock.BODY, bytes[2])));
      found.accept(
          Finding.atMost(
              "allocated by a send and a completion",
              bytes[0] - Stock.BODY + bytes[2],
              500,
              "bytes"));
    } finally {
      Directories.delete(directory);
    }
  }

  /** Of a send, a receive and a completion. */
  private double[] perMessage() {
    double[] bytes = new double[3];
    for (int cycle = 0; cycle < CYCLES; cycle++) {
      bytes[0] += allocatedBy(this::send);
      bytes[1] += allocatedBy(this::receive);
      bytes[2] += allocatedBy(this::complete);
    }
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] /= CYCLES * AT_ONCE;
    }
    return bytes;
  }

  private void send() {
    for (int i = 0; i < AT_ONCE; i++) {
      answers[i] = sender.send(message);
    }
    await();
  }

  private void receive() {
    received.clear();
    while (received.size() < AT_ONCE) {
      received.addAll(receiver.receive(AT_ONCE, Duration.ofSeconds(1)).join());
    }
  }

  private void complete() {
    for (int i = 0; i < AT_ONCE; i++) {
      answers[i] = receiver.settle(received.get(i), Settlement.complete());
    }
    await();
  }

  private void await() {
    for (CompletableFuture<?> answer : answers) {
      answer.join();
    }
  }

  /** Without what the counting itself allocates. */
  private long allocatedBy(Runnable work) {
    long counting = allocated();
    long before = allocated();
    work.run();
    return allocated() - before - (before - counting);
  }

  private long allocated() {
    long all = 0;
    for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
      all += Math.max(0, bytes);
    }
    return all;
  }
}
