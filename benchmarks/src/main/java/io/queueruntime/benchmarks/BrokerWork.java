package io.queueruntime.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One kind of work, done by one client of a broker. Immutable.
 *
 * @param stock messages that are handled where the queue is filled before
 */
record BrokerWork(Kind kind, MeasuredBroker broker, BrokerClient client, int stock)
    implements Subject {

  /** What is done, and what the table calls it. */
  enum Kind {
    SEND("send, one by one"),
    HANDLE("handle what waits"),
    THROUGH("send and handle at once");

    final String title;

    Kind(String title) {
      this.title = title;
    }
  }

  /** The time runs from here on, so that it does not tell how consumers come to their share. */
  private static final int FIRST_SHARE = 5;

  @Override
  public String name() {
    return client.name();
  }

  @Override
  public Outcome measure(Cell cell) throws Exception {
    String queue = broker.newQueue();
    try {
      return switch (kind) {
        case SEND -> send(cell, queue);
        case HANDLE -> handle(cell, queue);
        case THROUGH -> through(cell, queue);
      };
    } finally {
      broker.delete(queue);
    }
  }

  private Outcome send(Cell cell, String queue) throws Exception {
    byte[] body = cell.body();
    try (BrokerClient.Work work = client.open(queue, 0, nothing -> {})) {
      work.sender().send(body); // connects
      return Callers.measure(
          cell,
          caller -> {
            BrokerClient.Send sender = work.sender();
            return () -> {
              sender.send(body);
              return true;
            };
          });
    }
  }

  private Outcome handle(Cell cell, String queue) throws Exception {
    broker.stockUp(queue, cell.body(), stock);
    AtomicInteger handled = new AtomicInteger();
    AtomicLong begun = new AtomicLong();
    AtomicLong ended = new AtomicLong();
    CountDownLatch all = new CountDownLatch(1);
    int first = stock / FIRST_SHARE;
    try (BrokerClient.Work work =
        client.open(
            queue,
            cell.callers(),
            body -> {
              int count = handled.incrementAndGet();
              if (count == first) {
                begun.set(System.nanoTime());
              } else if (count == stock) {
                ended.set(System.nanoTime());
                all.countDown();
              }
            })) {
      if (!all.await(2, TimeUnit.MINUTES)) {
        throw new IllegalStateException(
            "%s handled %,d of %,d messages within two minutes."
                .formatted(client.name(), handled.get(), stock));
      }
    }
    return new Outcome((stock - first) * 1e9 / (ended.get() - begun.get()), 0, 0);
  }

  private Outcome through(Cell cell, String queue) throws Exception {
    Semaphore room = new Semaphore(Cell.IN_FLIGHT);
    AtomicReference<Callers.Hops> begun = new AtomicReference<>();
    CountDownLatch first = new CountDownLatch(1);
    ExecutorService threads = Executors.newCachedThreadPool();
    try (BrokerClient.Work work =
        client.open(
            queue,
            cell.callers(),
            body -> {
              Callers.Hops hops = begun.get();
              if (hops == null) {
                first.countDown();
              } else {
                hops.arrived(Embedded.stamp(body), System.nanoTime());
                room.release();
              }
            })) {
      work.sender().send(Embedded.stamped(cell.body()));
      if (!first.await(1, TimeUnit.MINUTES)) {
        throw new IllegalStateException(client.name() + " handled nothing within a minute.");
      }
      Callers.Hops hops = new Callers.Hops(cell);
      begun.set(hops);
      List<Future<?>> sending =
          new ArrayList<>(
              Callers.keepGoing(
                  threads,
                  cell.callers(),
                  caller -> {
                    BrokerClient.Send sender = work.sender();
                    byte[] body = cell.body();
                    return () -> {
                      if (room.tryAcquire(100, TimeUnit.MILLISECONDS)) {
                        sender.send(Embedded.stamped(body));
                      }
                      return !hops.over();
                    };
                  }));
      Outcome outcome = hops.await();
      for (Future<?> sender : sending) {
        sender.get();
      }
      return outcome;
    } finally {
      threads.shutdownNow();
    }
  }

  /** All rows: every kind of work, with 1 and 8 callers, and bodies of 256 bytes and 4 KiB. */
  static List<Row> rows(
      MeasuredBroker broker, BrokerClient ours, List<BrokerClient> others, int stock, double goal) {
    List<Row> rows = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      for (int callers : new int[] {1, 8}) {
        for (int size : new int[] {256, 4096}) {
          Row row =
              new Row(
                  "%s × %d, %,d B".formatted(kind.title, callers, size),
                  callers,
                  size,
                  "broker",
                  new BrokerWork(kind, broker, ours, stock),
                  List.of());
          for (BrokerClient other : others) {
            row = row.beside(new BrokerWork(kind, broker, other, stock), Row.Measure.RATE, goal);
          }
          rows.add(row);
        }
      }
    }
    return rows;
  }
}
