package io.queueruntime.benchmarks;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Bare journals, doing what a queue would have to write for each workload. Which of the two ways is
 * faster depends on how many call; the faster one is the ceiling. Stateless.
 */
final class Ceiling {

  /** What it takes to write down that a message is done with. */
  private static final int SETTLEMENT_BYTES = 40;

  private Ceiling() {}

  /** One record of the body's size for each message. */
  static Subject send(boolean writer) {
    return new Named(
        writer,
        cell -> {
          try (BareJournal journal = journal(cell, writer)) {
            byte[] body = cell.body();
            return Callers.measure(
                cell,
                caller ->
                    () -> {
                      journal.append(body, body.length);
                      return true;
                    });
          }
        });
  }

  /**
   * The same from one thread that does not wait for each, but gets a future for it: the least that
   * can be asked of a call that returns before it is done.
   */
  static Subject pipelined() {
    return pipelined(
        "ceiling: one thread writes",
        cell -> new BareJournal.Region(cell.directory().resolve("journal"), cell.durability()));
  }

  /**
   * The same by a journal that keeps all it was given, as a queue does that nobody receives from.
   */
  static Subject pipelinedAndKept() {
    return pipelined(
        "ceiling: one thread writes, all is kept",
        cell -> new GrowingSpace(cell.directory(), cell.durability()));
  }

  private static Subject pipelined(String name, SpaceOf space) {
    return new Named(
        name,
        cell -> {
          try (WriterJournal journal = new WriterJournal(space.in(cell))) {
            byte[] body = cell.body();
            return Pipeline.measure(
                cell,
                Cell.IN_FLIGHT,
                done ->
                    journal
                        .appended(body, body.length)
                        .whenComplete((nothing, failure) -> done.run(failure)));
          }
        });
  }

  /** One small record for each message; receiving takes no record. */
  static Subject receive(boolean writer) {
    return new Named(
        writer,
        cell -> {
          try (BareJournal journal = journal(cell, writer)) {
            byte[] settlement = new byte[SETTLEMENT_BYTES];
            return Callers.measure(
                cell,
                caller ->
                    () -> {
                      journal.append(settlement, settlement.length);
                      return true;
                    });
          }
        });
  }

  /** One record of the body's size and one small record for each message, handed over in memory. */
  static Subject endToEnd(boolean writer) {
    return new Named(
        writer,
        cell -> {
          ExecutorService threads = Executors.newCachedThreadPool();
          try (BareJournal journal = journal(cell, writer)) {
            byte[] body = cell.body();
            byte[] settlement = new byte[SETTLEMENT_BYTES];
            Semaphore room = new Semaphore(Cell.IN_FLIGHT);
            BlockingQueue<Long> handed = new ArrayBlockingQueue<>(2 * Cell.IN_FLIGHT);
            Callers.Hops hops = new Callers.Hops(cell);
            var sending =
                Callers.keepGoing(
                    threads,
                    cell.callers(),
                    caller ->
                        () -> {
                          if (room.tryAcquire(100, TimeUnit.MILLISECONDS)) {
                            long sentAt = System.nanoTime();
                            journal.append(body, body.length);
                            handed.put(sentAt);
                          }
                          return !hops.over();
                        });
            var receiving =
                Callers.keepGoing(
                    threads,
                    cell.callers(),
                    caller ->
                        () -> {
                          Long sentAt = handed.poll(100, TimeUnit.MILLISECONDS);
                          if (sentAt != null) {
                            long arrivedAt = System.nanoTime();
                            journal.append(settlement, settlement.length);
                            room.release();
                            hops.arrived(sentAt, arrivedAt);
                          }
                          return !hops.over();
                        });
            Outcome outcome = hops.await();
            for (var running : List.of(sending, receiving)) {
              for (var loop : running) {
                loop.get();
              }
            }
            return outcome;
          } finally {
            threads.shutdownNow();
          }
        });
  }

  private static BareJournal journal(Cell cell, boolean writer) throws IOException {
    var region = new BareJournal.Region(cell.directory().resolve("journal"), cell.durability());
    return writer ? new WriterJournal(region) : new LeaderJournal(region);
  }

  private interface SpaceOf {
    BareJournal.Space in(Cell cell) throws IOException;
  }

  private interface Work {
    Outcome measure(Cell cell) throws Exception;
  }

  private record Named(String name, Work work) implements Subject {

    Named(boolean writer, Work work) {
      this(writer ? "ceiling: one thread writes" : "ceiling: callers write", work);
    }

    @Override
    public Outcome measure(Cell cell) throws Exception {
      return work.measure(cell);
    }
  }
}
