package io.queueruntime.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.provider.QueueSender;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/** Fills queues, and weighs what they take. Stateless. */
final class Stock {

  /** Bytes of a body, where nothing else is said. */
  static final int BODY = 100;

  private static final int BATCH = 500;
  private static final int BATCHES_IN_FLIGHT = 8;

  private Stock() {}

  static byte[] body(int size) {
    byte[] body = new byte[size];
    Arrays.fill(body, (byte) 'x');
    return body;
  }

  static void fill(QueueSender sender, int count, int size) throws Exception {
    OutgoingMessage message = OutgoingMessage.of(body(size)).build();
    fill(sender, count, number -> message);
  }

  /** Sends so many messages, by their number, and waits until all are durable. */
  static void fill(QueueSender sender, int count, IntFunction<OutgoingMessage> message)
      throws Exception {
    Semaphore room = new Semaphore(BATCHES_IN_FLIGHT);
    AtomicReference<Throwable> failed = new AtomicReference<>();
    for (int sent = 0; sent < count; ) {
      List<OutgoingMessage> batch = new ArrayList<>(BATCH);
      for (; batch.size() < BATCH && sent < count; sent++) {
        batch.add(message.apply(sent));
      }
      room.acquire();
      sender
          .sendAll(batch)
          .whenComplete(
              (receipts, failure) -> {
                if (failure != null) {
                  failed.set(failure);
                }
                room.release();
              });
    }
    room.acquire(BATCHES_IN_FLIGHT);
    if (failed.get() != null) {
      throw new IllegalStateException("Cannot fill a queue: " + failed.get(), failed.get());
    }
  }

  /** Bytes of the heap that are in use after a collection. */
  static long heap() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }

  /** Bytes of all files in the directory; some of them may go while this looks. */
  static long disk(Path directory) throws Exception {
    try (Stream<Path> files = Files.list(directory)) {
      long bytes = 0;
      for (Path file : files.toList()) {
        bytes += Math.max(0, file.toFile().length());
      }
      return bytes;
    }
  }

  /** Processor time that all threads of this JVM have taken so far, in nanoseconds. */
  static long processorNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
