package io.queueruntime.benchmarks;

import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.QueueSender;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How long one message takes through a queue in which nothing else happens: from the call that
 * sends it to the receiver that waits for it. It is completed, and after a pause comes the next.
 * Stateless.
 */
final class IdleHop {

  private static final long PAUSE_NANOS = 2_000_000;
  private static final Duration WAIT = Duration.ofMillis(100);

  /** Sends a body durably and waits for that. */
  interface Sending {
    void send(byte[] body) throws Exception;
  }

  /** Waits for a message, notes its arrival and completes it; false when none came for a while. */
  interface Receiving {
    boolean receive(Callers.Hops hops) throws Exception;
  }

  private IdleHop() {}

  static Subject embedded() {
    return new Embedded.Named(
        (cell, provider) -> {
          QueueSender sender = provider.sender(Embedded.QUEUE);
          QueueReceiver receiver = provider.receiver(Embedded.QUEUE, SubQueue.MAIN);
          return measure(
              cell,
              body -> sender.send(OutgoingMessage.of(body).build()).join(),
              hops -> {
                var received = receiver.receive(1, WAIT).join();
                if (received.isEmpty()) {
                  return false;
                }
                hops.arrived(Embedded.stamp(received.get(0).body()), System.nanoTime());
                receiver.settle(received.get(0), Settlement.complete()).join();
                return true;
              });
        });
  }

  static Outcome measure(Cell cell, Sending sending, Receiving receiving) throws Exception {
    Semaphore turn = new Semaphore(1);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Callers.Hops hops = new Callers.Hops(cell);
      Future<?> receiver =
          thread.submit(
              () -> {
                while (!hops.over()) {
                  if (receiving.receive(hops)) {
                    turn.release();
                  }
                }
                return null;
              });
      while (!hops.over()) {
        if (turn.tryAcquire(WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
          LockSupport.parkNanos(PAUSE_NANOS);
          sending.send(Embedded.stamped(cell.body()));
        } else if (receiver.isDone()) {
          break;
        }
      }
      receiver.get();
      return hops.await();
    } finally {
      thread.shutdownNow();
    }
  }
}
