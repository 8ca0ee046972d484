package io.queueruntime.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Threads that call the same thing over and over, each waiting for its answer, and the time each
 * call took.
 */
final class Callers {

  /** One call; false when there is nothing left to do. */
  interface Call {
    boolean once() throws Exception;
  }

  /** What each caller does, by its number. */
  interface Prepared {
    Call apply(int caller) throws Exception;
  }

  private static final long LONGEST_NANOS = 60_000_000_000L;

  private Callers() {}

  static Histogram histogram() {
    return new Histogram(LONGEST_NANOS, 3);
  }

  /**
   * Calls for the warm-up and then for the time, or until there is nothing left; counts the latter
   * only.
   */
  static Outcome measure(Cell cell, Prepared callOf) throws Exception {
    long start = System.nanoTime();
    long from = start + cell.warmup().toNanos();
    long until = from + cell.time().toNanos();
    List<Callable<Tally>> loops = new ArrayList<>();
    for (int i = 0; i < cell.callers(); i++) {
      Call call = callOf.apply(i);
      loops.add(() -> loop(call, from, until));
    }
    Histogram latencies = histogram();
    long count = 0;
    long last = from;
    for (Tally tally : all(loops)) {
      latencies.add(tally.latencies());
      count += tally.latencies().getTotalCount();
      last = Math.max(last, tally.end());
    }
    if (count == 0) {
      throw new IllegalStateException(
          "Nothing was left to measure after the warm-up; make it shorter.");
    }
    return Outcome.of(count, last - from, latencies);
  }

  /** Calls until told to stop, on that many threads; measures nothing. */
  static List<Future<?>> keepGoing(ExecutorService threads, int callers, Prepared callOf)
      throws Exception {
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < callers; i++) {
      Call call = callOf.apply(i);
      running.add(
          threads.submit(
              () -> {
                while (call.once()) {
                  // Again.
                }
                return null;
              }));
    }
    return running;
  }

  /** The time each call took, after the warm-up. */
  static Histogram latencies(Cell cell, Prepared callOf) throws Exception {
    long from = System.nanoTime() + cell.warmup().toNanos();
    long until = from + cell.time().toNanos();
    List<Callable<Tally>> loops = new ArrayList<>();
    for (int i = 0; i < cell.callers(); i++) {
      Call call = callOf.apply(i);
      loops.add(() -> loop(call, from, until));
    }
    Histogram latencies = histogram();
    all(loops).forEach(tally -> latencies.add(tally.latencies()));
    return latencies;
  }

  private static Tally loop(Call call, long from, long until) throws Exception {
    Histogram latencies = histogram();
    long before = System.nanoTime();
    while (before < until && call.once()) {
      long after = System.nanoTime();
      if (after >= from && after <= until) {
        latencies.recordValue(Math.min(after - before, LONGEST_NANOS));
      }
      before = after;
    }
    return new Tally(latencies, Math.min(System.nanoTime(), until));
  }

  private record Tally(Histogram latencies, long end) {}

  private static List<Tally> all(List<Callable<Tally>> loops) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(loops.size());
    try {
      List<Tally> tallies = new ArrayList<>();
      for (Future<Tally> future : threads.invokeAll(loops, 10, TimeUnit.MINUTES)) {
        tallies.add(future.get());
      }
      return tallies;
    } catch (ExecutionException e) {
      throw new IllegalStateException("A caller failed: " + e.getCause(), e.getCause());
    } finally {
      threads.shutdownNow();
    }
  }

  /** Counts hops that end somewhere else than they began, between two moments. Thread-safe. */
  static final class Hops {
    private final long from;
    private final long until;
    private final Histogram latencies = histogram();

    Hops(Cell cell) {
      from = System.nanoTime() + cell.warmup().toNanos();
      until = from + cell.time().toNanos();
    }

    /** A message that was handed in at {@code sentAt} has arrived and is done with. */
    void arrived(long sentAt, long arrivedAt) {
      if (arrivedAt >= from && arrivedAt <= until) {
        synchronized (latencies) {
          latencies.recordValue(Math.max(0, Math.min(arrivedAt - sentAt, LONGEST_NANOS)));
        }
      }
    }

    boolean over() {
      return System.nanoTime() > until;
    }

    /** Waits for the end of the time. */
    Outcome await() throws InterruptedException {
      long left;
      while ((left = until - System.nanoTime()) > 0) {
        Thread.sleep(left / 1_000_000 + 1);
      }
      synchronized (latencies) {
        return Outcome.of(latencies.getTotalCount(), until - from, latencies);
      }
    }
  }
}
