package io.queueruntime.benchmarks;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** One thread that starts work without waiting for it, with a bound on what is under way. */
final class Pipeline {

  /** What each piece of work calls once when it is over; null: it went well. */
  interface Done {
    void run(@Nullable Throwable failure);

    default void run() {
      run(null);
    }
  }

  /** Starts one piece of work. */
  interface Start {
    void start(Done done) throws Exception;
  }

  private Pipeline() {}

  /** Counts what was over between the end of the warm-up and the end of the time. */
  static Outcome measure(Cell cell, int inFlight, Start work) throws Exception {
    Semaphore room = new Semaphore(inFlight);
    LongAdder over = new LongAdder();
    AtomicReference<Throwable> failed = new AtomicReference<>();
    Done done =
        failure -> {
          if (failure != null) {
            failed.compareAndSet(null, failure);
          }
          over.increment();
          room.release();
        };
    run(cell.warmup().toNanos(), room, work, done);
    long before = over.sum();
    long begun = System.nanoTime();
    run(cell.time().toNanos(), room, work, done);
    long counted = over.sum() - before;
    long took = System.nanoTime() - begun;
    room.acquire(inFlight);
    if (failed.get() != null) {
      throw new IllegalStateException("Work under way failed: " + failed.get(), failed.get());
    }
    return new Outcome(counted * 1e9 / took, 0, 0);
  }

  private static void run(long nanos, Semaphore room, Start work, Done done) throws Exception {
    long until = System.nanoTime() + nanos;
    for (int i = 0; (i & 15) != 0 || System.nanoTime() < until; i++) {
      room.acquire();
      work.start(done);
    }
  }
}
