package io.queueruntime.listener;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that keeps the locks of messages in work alive, and ends handlers that take too
 * long.
 *
 * <p>It sleeps until an alarm that is no later than the earliest thing due, and looks around then.
 * Work that comes and goes in between costs an entry in a set: only what is due before the alarm
 * wakes the thread, to set the alarm earlier, and the alarm stays when the work is gone. The thread
 * lives while at least one container is running.
 *
 * <p>Thread-safe.
 */
final class LockRenewer {

  static final String THREAD_NAME = "queue-runtime-lock-renewer";

  private static final Logger log = LoggerFactory.getLogger(LockRenewer.class);

  private static final long END_MILLIS_MAX = 1_000;

  private final LongSupplier ticker;
  private final Set<Watched> watched = ConcurrentHashMap.newKeySet();
  private final AtomicLong wakesAt = new AtomicLong(Watched.NEVER);
  private volatile @Nullable Thread thread;
  private int users;

  LockRenewer(LongSupplier ticker) {
    this.ticker = ticker;
  }

  /** Starts the thread for the first of its users. */
  synchronized void retain() {
    users++;
    if (users == 1) {
      Thread started = new Thread(this::loop, THREAD_NAME);
      started.setDaemon(true);
      thread = started;
      started.start();
    }
  }

  /** Ends the thread after the last of its users, and waits for its end. */
  synchronized void release() {
    users--;
    Thread ended = thread;
    if (users > 0 || ended == null) {
      return;
    }
    thread = null;
    LockSupport.unpark(ended);
    try {
      ended.join(END_MILLIS_MAX);
    } catch (InterruptedException e) {
      // It ends by itself; who stops the container in a hurry need not wait for it.
      Thread.currentThread().interrupt();
    }
  }

  void watch(Watched entry) {
    watched.add(entry);
    wakeFor(entry);
  }

  void unwatch(Watched entry) {
    watched.remove(entry);
  }

  /** To be called when an entry has become due earlier than it was. */
  void wakeFor(Watched entry) {
    wakeAt(entry.due());
  }

  private void wakeAt(long due) {
    long before = wakesAt.get();
    while (due < before) {
      if (wakesAt.compareAndSet(before, due)) {
        LockSupport.unpark(thread);
        return;
      }
      before = wakesAt.get();
    }
  }

  private void loop() {
    while (thread == Thread.currentThread()) {
      long at = wakesAt.get();
      long now = ticker.getAsLong();
      if (at == Watched.NEVER) {
        LockSupport.park(this);
      } else if (at > now) {
        LockSupport.parkNanos(this, at - now);
      } else {
        // Reset first: whatever is added while we look around sets an alarm of its own.
        wakesAt.set(Watched.NEVER);
        wakeAt(attendAll(now));
      }
    }
  }

  /** Does what is due, and says when the next thing is. */
  @SuppressWarnings("ModifyCollectionInEnhancedForLoop") // the set is a concurrent one
  long attendAll(long now) {
    long next = Watched.NEVER;
    for (Watched entry : watched) {
      try {
        if (entry.due() <= now) {
          entry.attend(now);
        }
        next = Math.min(next, entry.due());
      } catch (RuntimeException e) {
        // One broken entry must not end the renewal of all others.
        log.error("Cannot see to the lock of {}; it is not renewed any more.", entry, e);
        watched.remove(entry);
      }
    }
    return next;
  }

  int size() {
    return watched.size();
  }
}
