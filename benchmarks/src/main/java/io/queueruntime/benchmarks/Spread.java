package io.queueruntime.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** A number of calls, spread over a number of threads. Stateless. */
final class Spread {

  private Spread() {}

  /** Makes that many calls; returns how many that were a second. */
  static double over(int threads, int calls, Runnable call) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      AtomicInteger left = new AtomicInteger(calls);
      long begun = System.nanoTime();
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        running.add(
            pool.submit(
                () -> {
                  while (left.getAndDecrement() > 0) {
                    call.run();
                  }
                }));
      }
      for (Future<?> one : running) {
        one.get();
      }
      return ServiceBusBench.rate(calls, begun);
    } finally {
      pool.shutdownNow();
    }
  }
}
