package io.queueruntime.servicebus;

import java.util.concurrent.ForkJoinPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes clients of the SDK, which blocks for as long as an answer is awaited on a connection that
 * may be dead: for seconds each. The callback threads are told of it, so that another one takes
 * over meanwhile; a few sessions lost together would otherwise keep all of them.
 *
 * <p>Thread-safe.
 */
final class Blocking {

  private static final Logger log = LoggerFactory.getLogger(Blocking.class);

  private Blocking() {}

  /** Closes it on this thread; a failure is only noted. */
  static void close(Runnable close) {
    try {
      ForkJoinPool.managedBlock(new Closing(close));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Confined to the thread that closes. */
  private static final class Closing implements ForkJoinPool.ManagedBlocker {
    private final Runnable close;
    private boolean closed;

    Closing(Runnable close) {
      this.close = close;
    }

    @Override
    public boolean block() {
      try {
        close.run();
      } catch (RuntimeException e) {
        log.debug("A client of the SDK did not close well.", e);
      }
      closed = true;
      return true;
    }

    @Override
    public boolean isReleasable() {
      return closed;
    }
  }
}
