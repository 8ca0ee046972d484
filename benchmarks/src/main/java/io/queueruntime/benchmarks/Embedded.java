package io.queueruntime.benchmarks;

import io.queueruntime.embedded.EmbeddedOptions;
import io.queueruntime.embedded.EmbeddedQueueProvider;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.QueueSender;
import io.queueruntime.provider.Settlement;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** The embedded provider, called as an adapter is called, without listeners. Stateless. */
final class Embedded {

  static final QueueName QUEUE = QueueName.of("benchmark");

  private static final String NAME = "embedded provider";
  private static final int STOCK_BATCH = 500;

  /** Messages that a pipelined receiver asks for at once. */
  private static final int IN_HAND = 500;

  private static final Duration WAIT = Duration.ofMillis(100);

  private Embedded() {}

  /** Each caller sends one message and waits until it is durable. */
  static Subject send() {
    return new Named(
        (cell, provider) -> {
          QueueSender sender = provider.sender(QUEUE);
          OutgoingMessage message = OutgoingMessage.of(cell.body()).build();
          return Callers.measure(
              cell,
              caller ->
                  () -> {
                    sender.send(message).join();
                    return true;
                  });
        });
  }

  /** One thread sends without waiting for each. */
  static Subject pipelined() {
    return new Named(
        (cell, provider) -> {
          QueueSender sender = provider.sender(QUEUE);
          OutgoingMessage message = OutgoingMessage.of(cell.body()).build();
          return Pipeline.measure(
              cell,
              Cell.IN_FLIGHT,
              done -> sender.send(message).whenComplete((receipt, failure) -> done.run(failure)));
        });
  }

  /**
   * One thread sends and one receives and completes, neither waiting for each message; counts what
   * was completed.
   */
  static Subject pipelinedThrough() {
    return new Named(
        (cell, provider) -> {
          QueueSender sender = provider.sender(QUEUE);
          QueueReceiver receiver = provider.receiver(QUEUE, SubQueue.MAIN);
          OutgoingMessage message = OutgoingMessage.of(cell.body()).build();
          ConcurrentLinkedQueue<Pipeline.Done> unsettled = new ConcurrentLinkedQueue<>();
          AtomicBoolean over = new AtomicBoolean();
          ExecutorService threads = Executors.newSingleThreadExecutor();
          Future<?> receiving =
              threads.submit(
                  () -> {
                    while (!over.get()) {
                      for (var received : receiver.receive(IN_HAND, WAIT).join()) {
                        receiver
                            .settle(received, Settlement.complete())
                            .whenComplete((nothing, failure) -> unsettled.remove().run(failure));
                      }
                    }
                  });
          try {
            return Pipeline.measure(
                cell,
                10 * Cell.IN_FLIGHT,
                done -> {
                  unsettled.add(done);
                  sender
                      .send(message)
                      .whenComplete(
                          (receipt, failure) -> {
                            if (failure != null) {
                              done.run(failure);
                            }
                          });
                });
          } finally {
            over.set(true);
            receiving.get();
            threads.shutdown();
          }
        });
  }

  /** Each caller receives one message, completes it and waits until that is durable. */
  static Subject receive() {
    return new Named(
        (cell, provider) -> {
          stockUp(cell, provider.sender(QUEUE));
          QueueReceiver receiver = provider.receiver(QUEUE, SubQueue.MAIN);
          return Callers.measure(
              cell,
              caller ->
                  () -> {
                    List<ReceivedMessage<byte[]>> received =
                        receiver.receive(1, Duration.ZERO).join();
                    if (received.isEmpty()) {
                      return false;
                    }
                    receiver.settle(received.get(0), Settlement.complete()).join();
                    return true;
                  });
        });
  }

  /** As many callers send as receive and complete, each one by one. */
  static Subject endToEnd() {
    return new Named(
        (cell, provider) -> {
          QueueSender sender = provider.sender(QUEUE);
          QueueReceiver receiver = provider.receiver(QUEUE, SubQueue.MAIN);
          Semaphore room = new Semaphore(Cell.IN_FLIGHT);
          Callers.Hops hops = new Callers.Hops(cell);
          ExecutorService threads = Executors.newCachedThreadPool();
          try {
            List<Future<?>> running =
                new ArrayList<>(
                    Callers.keepGoing(
                        threads,
                        cell.callers(),
                        caller ->
                            () -> {
                              if (room.tryAcquire(WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
                                sender
                                    .send(OutgoingMessage.of(stamped(cell.body())).build())
                                    .join();
                              }
                              return !hops.over();
                            }));
            running.addAll(
                Callers.keepGoing(
                    threads,
                    cell.callers(),
                    caller ->
                        () -> {
                          for (var message : receiver.receive(1, WAIT).join()) {
                            long arrivedAt = System.nanoTime();
                            receiver.settle(message, Settlement.complete()).join();
                            room.release();
                            hops.arrived(stamp(message.body()), arrivedAt);
                          }
                          return !hops.over();
                        }));
            Outcome outcome = hops.await();
            for (Future<?> loop : running) {
              loop.get();
            }
            return outcome;
          } finally {
            threads.shutdownNow();
          }
        });
  }

  static EmbeddedOptions options(Cell cell) {
    return cell.durability().equals("memory")
        ? EmbeddedOptions.inMemory()
        : EmbeddedOptions.in(cell.directory())
            .withDurability(
                EmbeddedOptions.Durability.valueOf(cell.durability().toUpperCase(Locale.ROOT)));
  }

  /** The body with the moment it is sent in its first eight bytes. */
  static byte[] stamped(byte[] body) {
    ByteBuffer.wrap(body).putLong(System.nanoTime());
    return body;
  }

  static long stamp(byte[] body) {
    return ByteBuffer.wrap(body).getLong();
  }

  private static void stockUp(Cell cell, QueueSender sender) {
    OutgoingMessage message = OutgoingMessage.of(cell.body()).build();
    List<OutgoingMessage> batch = new ArrayList<>();
    for (int i = 0; i < STOCK_BATCH; i++) {
      batch.add(message);
    }
    for (int sent = 0; sent < cell.stock(); sent += STOCK_BATCH) {
      sender.sendAll(batch).join();
    }
  }

  interface Work {
    Outcome measure(Cell cell, EmbeddedQueueProvider provider) throws Exception;
  }

  record Named(Work work) implements Subject {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public Outcome measure(Cell cell) throws Exception {
      try (EmbeddedQueueProvider provider = new EmbeddedQueueProvider(options(cell))) {
        provider.admin().create(QUEUE, QueueOptions.DEFAULTS);
        return work.measure(cell, provider);
      }
    }
  }
}
