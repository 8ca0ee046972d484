package io.queueruntime.servicebus;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * A clock that goes by how often a thread of this process got to run: beats of 10 ms, each counted
 * when it is really struck. On a machine that has other things to do it goes slower, as does all
 * else in the process, so that a bound on it says the same there. Thread-safe.
 */
final class Metronome implements AutoCloseable {

  private static final Duration BEAT = Duration.ofMillis(10);

  private final Thread thread = new Thread(this::beat, "metronome");
  private volatile long beats;
  private volatile boolean closed;

  Metronome() {
    thread.setDaemon(true);
    thread.start();
  }

  @SuppressWarnings("NonAtomicOperationOnVolatileField") // one thread writes
  private void beat() {
    while (!closed) {
      LockSupport.parkNanos(BEAT.toNanos());
      beats++;
    }
  }

  Duration now() {
    return BEAT.multipliedBy(beats);
  }

  Duration since(Duration begun) {
    return now().minus(begun);
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }
}
